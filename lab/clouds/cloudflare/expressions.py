"""The rule language, as far as rules here use it: parse an expression, and ask it about a hostname.

Known: fields, functions, comparison, `in {...}` and `in $list`, not / and / xor / or, parentheses.
Types are not checked.
"""

from __future__ import annotations

import re

from lab.clouds.cloudflare.conditions import Node
from lab.clouds.cloudflare.envelope import ApiError

TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>"(?:[^"\\]|\\.)*"|r(?P<fence>\#*)"(?:.*?)"(?P=fence))
    | (?P<address>[0-9a-fA-F]*:[0-9a-fA-F:.]+(?:/\d+)?|\d+(?:\.\d+){3}(?:/\d+)?)
    | (?P<number>-?\d+(?:\.\.\d+)?)
    | (?P<word>\$?[a-zA-Z_][a-zA-Z0-9_.]*)
    | (?P<symbol>==|!=|<=|>=|&&|\|\||\^\^|[!<>~(){}\[\],*])
    )""",
    re.VERBOSE,
)
FIELDS = re.compile(r"(?:http|raw\.http|ip|cf|tls|tcp|udp|icmp|sip|raw\.sip)\.[a-z0-9_.]+|ssl")
FUNCTIONS = frozenset(
    (
        *("any", "all", "bit_slice", "cidr", "cidr6", "concat", "decode_base64", "encode_base64"),
        *("ends_with", "has_key", "has_value", "is_timed_hmac_valid_v0", "join", "len", "lower"),
        *("lookup_json_integer", "lookup_json_string", "regex_replace", "remove_bytes", "sha256"),
        *("remove_query_args", "split", "starts_with", "substring", "to_string", "upper"),
        *("url_decode", "uuidv4", "wildcard_replace"),
    )
)
COMPARE = frozenset(
    (
        *("eq", "ne", "lt", "le", "gt", "ge", "==", "!=", "<", "<=", ">", ">="),
        *("contains", "matches", "~", "wildcard", "in", "bitwise_and", "&"),
    )
)
OR, XOR, AND, NOT = {"or", "||"}, {"xor", "^^"}, {"and", "&&"}, {"not", "!"}


def parse(expression: str) -> Node:
    """The expression's meaning. Raises ApiError 400 with the place of the first mistake."""
    if not expression.strip():
        raise ApiError(
            400,
            20125,
            f"'{expression}' is not a valid value for expression because the expression "
            "cannot be blank",
        )
    return _Parser(expression).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str, int]] = []
        at = 0
        while text[at:].strip():
            found = TOKEN.match(text, at)
            if found is None:
                raise self._error(
                    at + len(text[at:]) - len(text[at:].lstrip()), "unrecognised input"
                )
            kind = found.lastgroup if found.lastgroup != "fence" else "string"
            self._tokens.append((str(kind), found[0].strip(), found.end() - len(found[0].lstrip())))
            at = found.end()
        self._at = 0

    def whole(self) -> Node:
        node = self._binary([("or", OR), ("xor", XOR), ("and", AND)])
        if self._at < len(self._tokens):
            raise self._error(self._tokens[self._at][2], "unrecognised input")
        return node

    def _binary(self, levels: list[tuple[str, set[str]]]) -> Node:
        if not levels:
            return self._unary()
        kind, words = levels[0]
        parts = [self._binary(levels[1:])]
        while self._peek() in words:
            self._take()
            parts.append(self._binary(levels[1:]))
        return parts[0] if len(parts) == 1 else Node(kind, tuple(parts))

    def _unary(self) -> Node:
        if self._peek() in NOT:
            self._take()
            return Node("not", (self._unary(),))
        if self._peek() == "(":
            self._take()
            node = self._binary([("or", OR), ("xor", XOR), ("and", AND)])
            self._expect(")")
            return node
        return self._comparison()

    def _comparison(self) -> Node:
        name = self._operand()
        if name in {"true", "false"}:
            return Node(name)
        if self._peek() == "strict":
            self._take()
        if self._peek() not in COMPARE:
            return Node("unknown")  # a boolean field or function by itself
        operator = self._take()[1]
        values = self._values() if operator == "in" else (self._value(),)
        if name != "http.host":
            return Node("unknown")
        return Node("host", operator=operator, values=values)

    def _operand(self) -> str:
        _, text, at = self._take("word")
        if self._peek() == "(":
            if text not in FUNCTIONS:
                raise self._error(at, "unknown identifier")
            self._arguments()
            text = "function"
        elif text not in {"true", "false"} and not FIELDS.fullmatch(text):
            raise self._error(at, "unknown identifier")
        return "indexed" if self._index() else text

    def _arguments(self) -> None:
        self._take()
        while self._peek() != ")":
            if self._peek_kind() == "word":
                self._comparison()
            else:
                self._value()
            if self._peek() != ")":
                self._expect(",")
        self._take()

    def _index(self) -> bool:
        indexed = False
        while self._peek() == "[":
            self._take()
            self._take()
            self._expect("]")
            indexed = True
        return indexed

    def _values(self) -> tuple[str, ...]:
        if self._peek().startswith("$"):
            self._take()
            return ()
        self._expect("{")
        values = [self._value()]
        while self._peek() != "}":
            values.append(self._value())
        self._take()
        return tuple(values)

    def _value(self) -> str:
        kind, text, at = self._take()
        if kind == "string":
            return re.sub(r"\\(.)", r"\1", text[1:-1]) if text[0] == '"' else text.strip('r#"')
        if kind in {"address", "number"} or text in {"true", "false"}:
            return text
        raise self._error(at, "expected a value")

    def _peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _peek_kind(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _take(self, wanted: str | None = None) -> tuple[str, str, int]:
        if self._at >= len(self._tokens):
            raise self._error(len(self._text), "unexpected end of input")
        token = self._tokens[self._at]
        if wanted is not None and token[0] != wanted:
            raise self._error(token[2], "expected an identifier")
        self._at += 1
        return token

    def _expect(self, symbol: str) -> None:
        _, text, at = self._take()
        if text != symbol:
            raise self._error(at, f"expected {symbol}")

    def _error(self, at: int, what: str) -> ApiError:
        return ApiError(
            400,
            20127,
            f"'{self._text}' is not a valid value for expression because could not parse filter "
            f"expression: Filter parsing error (1:{at + 1}): {self._text} ^^^ {what}",
        )
