"""Turns what a query found into exactly the words, tags and rows of a page; pure: no web, database or clock.

A route fills the rows of `views` (staff) or `patient_views`, makes a `views.Frame`, and renders:

    return render("queue.html", frame=frame, page=queue.present(seen, frame))

Every template takes `frame` and `page`, made by the function named below. Every form carries the hidden
field `csrf` (`frame.csrf`). A POST answers 303; `back` says where to, as a word and never as an address:
`queue` (with `team`, `severity`, `state`, `mine` from the same form), `alert` or `record`. A form with an
error answers 422 with its own template.

Staff pages

    GET  /queue?team&severity&state&mine=1   queue.html        queue.present(QueueSeen, frame)
    GET  /queue/rows?(the same)              queue_rows.html   the same; the fragment a live page fetches
    GET  /queue/live                         an event stream: `changed` when an alert or the checking changed,
                                             `alive` every 15 s; no personal data in either
    GET  /alerts/{id}                        alert.html        alert.present(AlertSeen, outcomes, frame)
    GET  /patients?team&pathway              patients.html     patients.present(PatientsSeen, frame)
    POST /patients: q, team, pathway         patients.html     the same, 200: names stay out of addresses
    GET  /patients/{id}?days=7|30|90         record.html       record.present(RecordSeen, frame)
    GET  /patients/{id}/thresholds           thresholds.html   agreed.present(AgreedSeen, frame)
    GET  /patients/{id}/thresholds/{kind}    threshold.html    agreed_forms.threshold_form(ThresholdFormSeen, frame)
    GET  /patients/{id}/traits/{name}        trait.html        agreed_forms.trait_form(TraitFormSeen, frame)
    GET  /trends?team&pathway                trends.html       trends.present(TrendsSeen, frame)
    GET  /trends.csv?team&pathway            a file
    GET  /quality?team                       quality.html      quality.present(QualitySeen, frame)
    GET  /quality.csv?team                   a file
    GET  /rules                              rules.html        rules.present_list(RulesSeen, frame)
    GET  /rules/{rule}                       rule.html         rules.present_one(RulePageSeen, frame)
    GET  /service                            service.html      service.present(rules, responses, frame)

    POST /alerts/{id}/acknowledge: changes, note (may be empty), back
    POST /alerts/{id}/claim: changes, back
    POST /alerts/{id}/note: changes, note, back
    POST /alerts/{id}/resolve: changes, outcome, note (may be empty), back
    POST /patients/{id}/held/{held_id}/accept: reason (may be empty)
    POST /patients/{id}/held/{held_id}/refuse: reason
    POST /patients/{id}/thresholds/{kind}/preview: red_low, amber_low, amber_high, red_high, reason, review_on_day,
         review_on_month, review_on_year, expected; or pathway=1, reason, expected: threshold.html with what it would have done
    POST /patients/{id}/thresholds/{kind}: what was previewed; …/pathway: reason, expected
    POST /patients/{id}/traits/{name}: value, reason, the review's day, expected; …/take-away: reason, expected
    POST /rules/{rule}/shadow, propose, approve, retire: version, step, reason
    POST /sign-out

Patient pages

    GET  /today                              today.html        today.present(TodaySeen, frame)
    GET  /today/{slug}                       question.html     question.present(QuestionSeen)
    POST /today/{slug}: its fields, the `carried` ones, skip=1 when skipped
                                             the next question.html, check.html, or question.html with 422
    POST /today/{slug}: change=1, carried    question.html again, from check.html
    (the last question's POST)               check.html        question.check(answers, carried, key)
    POST /today/send: key, the carried ones  303 to /today/sent; `key` makes sending twice harmless
    GET  /today/sent                         sent.html         sent.present(sents, TodaySeen)
    GET  /my-readings?days=7|30|90           my_readings.html  my_readings.present(series, days, frame)

Signing in: GET shows, POST sends

    /sign-in                   sign_in_staff.html             email, password
    /sign-in/code              sign_in_code.html              code
    /sign-in/patient           sign_in_patient.html           nhs_number, born_day, born_month,
                                                             born_year, code
    /sign-in/patient/password  sign_in_patient_password.html  nhs_number, password
    /choose-password           choose_password.html           password, password_again

each with page = sign_in.form(values={…}, errors={field: sentence}); passwords and codes are never given back.
The field name "" in `errors` is about the form as a whole: "Email or password is wrong."

Errors: error.html with page = errors.present(status, sentence="", reference=""): 403, 404, 422, 503 or
any other.
"""
