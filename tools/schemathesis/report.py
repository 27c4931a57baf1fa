"""Says what the calls of all runs answered: report.py ANSWERS DOCUMENT. Fails on any 5xx, and on an operation that never succeeded."""

import collections
import json
import sys

# A success needs an authenticator's signature, three attacks at one station, or a stream that does not end: the project's own tests have them. The
# document is what every run begins with.
NEVER = {
    "document_openapi",
    "event_stream",
    "incident_close_station",
    "operator_passkey_revoke",
    "session_passkey_add",
    "session_passkey_revoke",
    "session_passkey_sign_in",
}

seen = collections.defaultdict(collections.Counter)
for line in open(sys.argv[1]):
    operation, status = line.split()
    seen[operation][status] += 1
document = json.load(open(sys.argv[2]))
operations = sorted(operation["operationId"] for item in document["paths"].values() for operation in item.values())
succeeded = [name for name in operations if any(status.startswith("2") for status in seen[name])]
failed = [name for name in operations if any(status.startswith("5") for status in seen[name])]
missing = sorted(set(operations) - set(succeeded) - NEVER)
for name in operations:
    print(f"{name:32}", " ".join(f"{status}:{number}" for status, number in sorted(seen[name].items())))
calls = sum(sum(statuses.values()) for statuses in seen.values())
print(f"\n{calls} calls; {len(succeeded)} of {len(operations)} operations succeeded at least once")
for what, names in (("answered 5xx", failed), ("never succeeded", missing)):
    if names:
        print(f"{what}: {' '.join(names)}")
sys.exit(1 if failed or missing else 0)
