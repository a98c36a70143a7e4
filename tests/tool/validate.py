# validate.py SCHEMA - fails unless standard input is one JSON text that is
# valid by the schema.  Refuses repeated names and NaN, which python accepts.
import json
import sys

import jsonschema


def unique(pairs):
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ValueError("a repeated name: %r" % names)
    return dict(pairs)


def refuse(constant):
    raise ValueError("not JSON: " + constant)


with open(sys.argv[1], encoding="utf-8") as schema_file:
    schema = json.load(schema_file)
jsonschema.Draft7Validator.check_schema(schema)
document = json.loads(sys.stdin.buffer.read().decode("utf-8"),
                      object_pairs_hook=unique, parse_constant=refuse)
jsonschema.Draft7Validator(schema).validate(document)
