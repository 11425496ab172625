"""How good the alerts are: a made-up cohort whose events are known, judged by our packs and by two plain ways.

It shares no code with the rules: what is normal, what an event is and whether it shows are said here, apart from them.
"""
