"""document.py - doc/openapi.yaml is valid and contains Qumulo's schemas
unchanged.

Needs no daemon: contract.py compares the document with the daemon's answers.
"""
import json
import os
import sys

import jsonschema

import openapi

SEED = {"access_token": "api_access_token",
        "access_token_create_request": "api_create_access_token_request",
        "access_tokens_list": "api_access_token_metadata_list_model"}


def test_seed_schemas_are_unchanged(document):
    for name, component in SEED.items():
        path = os.path.join(openapi.SOURCE, "tests", "support", "schemas",
                            name + ".json")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        written = "".join("      " + line for line in
                          text.splitlines(keepends=True))
        assert "    %s:\n%s" % (component, written) in document.text, name
        # Read as YAML and as JSON, the schema is the same, in the same order.
        schema = document.root["components"]["schemas"][component]
        assert json.dumps(schema) == json.dumps(json.loads(text)), name


def everything(item):
    """Every mapping in the item, at any depth."""
    if isinstance(item, dict):
        yield item
        item = item.values()
    if not isinstance(item, str) and hasattr(item, "__iter__"):
        for part in item:
            yield from everything(part)


def test_references_lead_somewhere(document):
    for item in everything(document.root):
        if isinstance(item.get("$ref"), str):
            document.resolve(item["$ref"])


def test_schemas_are_schemas(document):
    validator = jsonschema.Draft202012Validator
    for item in everything(document.root):
        if isinstance(item.get("schema"), dict):
            validator.check_schema(item["schema"])
    for schema in document.root["components"]["schemas"].values():
        validator.check_schema(schema)
        for example in schema.get("examples", []):
            document.validate(example, schema)


def test_operations_have_names_of_their_own(document):
    names = [operation["operationId"]
             for item in document.root["paths"].values()
             for operation in item.values()
             if "operationId" in operation]
    assert len(names) == len(set(names)), names


def main():
    document = openapi.document()
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test(document)
            print("ok: " + name)


if __name__ == "__main__":
    sys.exit(main())
