"""openapi.py - reads doc/openapi.yaml and checks answers against it.

Knows the document and HTTP, but not the daemon: contract.py compares the
daemon with the document, and tests/daemon/openapi/prism.py does so through a
proxy.
"""
import copy
import os
import re

import jsonschema
import yaml

SOURCE = os.path.abspath(os.environ.get("srcdir", "."))
METHODS = ("get", "put", "post", "delete", "options", "head", "patch",
           "trace")
# Statuses of requests that reach no route, and their names in x-elsewhere.
REFUSALS = {"400": "malformed", "411": "chunks", "413": "large-body",
            "414": "long-target", "431": "large-head", "505": "version"}


def unique_loader():
    """A loader of YAML that refuses a mapping with a repeated key."""
    class Loader(yaml.SafeLoader):
        """A class of its own, so that SafeLoader itself does not change."""

    def mapping(loader, node):
        keys = [loader.construct_object(key) for key, _ in node.value]
        assert len(keys) == len(set(keys)), "a repeated key: %r" % keys
        return yaml.SafeLoader.construct_mapping(loader, node, deep=True)

    Loader.add_constructor("tag:yaml.org,2002:map", mapping)
    return Loader


class Document:
    """The document, read from a file."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        self.root = yaml.load(self.text, Loader=unique_loader())
        self.strict = copy.deepcopy(self.root)
        for name, schema in self.strict["components"]["schemas"].items():
            if not name.startswith("api_"):
                close(schema)
        self.seen = set()

    def resolve(self, reference):
        """The item that a reference inside the document names."""
        assert reference.startswith("#/"), reference
        item = self.strict
        for name in reference[2:].split("/"):
            item = item[name]
        return item

    def get(self, item):
        """The item itself or, if it is a $ref, the item that it refers to."""
        while "$ref" in item:
            item = self.resolve(item["$ref"])
        return item

    def documented(self):
        """Every (path, method, status)."""
        return {(path, method, status)
                for path, item in self.root["paths"].items()
                for method in METHODS if method in item
                for status in item[method]["responses"]}

    def route(self, target):
        """The documented path of a request's target, or None."""
        target = target.split("?")[0]
        if target == "/v1/auth/access-tokens":
            target += "/"  # the collection has two spellings
        paths = sorted(self.root["paths"], key=lambda path: "{" in path)
        for path in paths:
            pattern = re.escape(path).replace(r"\{id\}", "[^/]+")
            pattern = pattern.replace(r"\{path\}", ".*")
            if re.fullmatch(pattern, target):
                return path
        return None

    def expected(self, method, target, answer):
        """The response that the document has for an answer; adds it to
        "seen"."""
        path = self.route(target)
        elsewhere = self.strict["x-elsewhere"]
        item = self.strict["paths"].get(path)
        method = method.lower()
        status = str(answer.status)
        if item is not None:
            if method == "head" and method not in item:
                method = "get"
            if status in item.get(method, {"responses": {}})["responses"]:
                self.seen.add((path, method, status))
                return item[method]["responses"][status]
            if method not in item and (method, status) == ("options", "200"):
                return elsewhere["options"]
            if method not in item and status == "405":
                return elsewhere["unknown-method"]
        # An answer that any request may get.
        name = {"404": "unknown-route", **REFUSALS}.get(status, "malformed")
        if name == "malformed":
            raise AssertionError("%s %s: %s is not documented" % (
                method, path or "nowhere", status))
        return elsewhere[name]

    def check(self, method, target, answer):
        """Raise an exception if an answer differs from the document; else
        return the answer."""
        response = self.get(self.expected(method, target, answer))
        for name, header in response.get("headers", {}).items():
            header = self.get(header)
            value = answer.headers.get(name.lower())
            if value is None:
                assert not header.get("required"), name + " is missing"
            else:
                self.validate(value, header["schema"])
        self.check_body(method, response.get("content", {}), answer)
        return answer

    def check_refusal(self, method, answer):
        """Like check, for a request that reaches no route."""
        name = REFUSALS[str(answer.status)]
        response = self.get(self.strict["x-elsewhere"][name])
        self.check_body(method, response["content"], answer)

    def check_body(self, method, content, answer):
        kind = answer.headers.get("content-type")
        if not content:
            assert not answer.body, "unexpected body: %r" % answer.body
            assert kind is None, "a type without a body: " + kind
            if answer.status != 304:
                assert answer.headers.get("content-length") == "0", answer
            return
        assert kind in content, "type %s is not documented" % kind
        if method == "HEAD":
            assert not answer.body
        elif kind == "application/json":
            self.validate(answer.json(), content[kind]["schema"])
        else:
            self.validate(answer.body.decode(), content[kind]["schema"])

    def validate(self, value, schema):
        # The versions of jsonschema differ in how they find references that
        # lead out of a schema.
        jsonschema.Draft202012Validator(
            {**schema, "components": self.strict["components"]}).validate(
                value)


def close(schema):
    """Permit only documented members in an answer.  Clients have to accept
    new members, so the document itself does not forbid them."""
    for part in schema.get("oneOf", []) + [schema]:
        if part.get("type") == "object":
            part.setdefault("unevaluatedProperties", False)
            for inner in part.get("properties", {}).values():
                close(inner)


def document():
    return Document(os.path.join(SOURCE, "doc", "openapi.yaml"))
