#!/bin/sh
# Make the secrets that docker-compose.yml asks for, each in a file of its own under secrets/. What is there stays.
#
#     deploy/make_secrets.sh [FOLDER]
#
# Compose hands a file to a container as it is here, so a process that is not root must be able to read it: the files
# are open and the folder around them is closed.
set -eu
folder=${1:-"$(dirname "$0")/../secrets"}
umask 077
mkdir -p "$folder"
chmod 700 "$folder"

write() {
    if [ ! -e "$folder/$1" ]; then
        printf '%s\n' "$2" > "$folder/$1"
        chmod 444 "$folder/$1"
    fi
}

random() {
    od -An -N24 -tx1 /dev/urandom | tr -d ' \n'
}

write superuser_password "$(random)"
for login in api checker notifier owner; do
    write "${login}_password" "$(random)"
    write "${login}_database_url" "postgresql://login_$login:$(cat "$folder/${login}_password")@database:5432/telehealth"
done

# Not ours to invent. Empty, the notifier says so and stops, rather than let messages wait unseen.
write smtp_url ""
echo "The secrets are in $folder. Write where messages go out into smtp_url there: smtp://user:password@host:port"
