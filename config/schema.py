"""The language as JSON Schema (2020-12), for editors and other tools: generated from the models, committed under `schema/`.

`python -m config.schema` writes the files anew; a test holds them equal to the models. A shipped YAML names its schema in its first
line, as `# yaml-language-server: $schema=../../schema/people.schema.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from config import assumptions, described, programme, registers, stories, workflow

FOLDER = Path(__file__).parent / "schema"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_RULES: dict[str, dict[str, Any]] = {
    "Clock": {"oneOf": [{"required": ["within"]}, {"required": ["due"]}]},
    "Rung": {
        "oneOf": [{"required": ["at"]}, {"required": ["before"]}, {"required": ["after"]}],
        "anyOf": [{"required": ["notify"]}, {"required": ["do"]}],
        "dependentRequired": {"notify": ["template"], "template": ["notify"], "robots": ["notify"]},
    },
    "Award": {
        "oneOf": [{"required": [key]} for key in workflow.EFFECTS],
        "dependentRequired": {"account": ["amount"], "amount": ["account", "to"], "exchange": ["to"], "holds": ["to"]},
    },
}
"""What the models ask across keys."""
FILES_OF = {"workflow": "workflows/*.yaml", "tests": "workflows/*.tests.yaml", "register": "registers/*.yaml"}
"""Where a file is, if not `NAME.yaml` in the folder."""


def models() -> dict[str, Any]:
    """File name without ending (`programme`, `people`, … `workflow`, `tests`, `assumptions`) → the model that reads it."""
    known: dict[str, Any] = {name.removesuffix(".yaml"): model for name, model in programme.FILES.items()}
    return known | {
        "register": registers.Register,
        "workflow": workflow.Workflow,
        "tests": stories.Stories,
        "assumptions": assumptions.Assumptions,
    }


def schemas() -> dict[str, dict[str, Any]]:
    """The same names → their schemas."""
    return {name: _schema(name, model) for name, model in models().items()}


def text(schema: dict[str, Any]) -> str:
    """As the committed file has it."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def _schema(name: str, model: Any) -> dict[str, Any]:
    raw = model.model_json_schema(by_alias=True, mode="validation")
    for inner_name, inner in {model.__name__: raw, **raw.get("$defs", {})}.items():
        _describe(inner_name, inner)
        inner.update(_RULES.get(inner_name, {}))
    tidy: dict[str, Any] = _tidy(raw)
    title = f"Fengxing · {FILES_OF.get(name, f'{name}.yaml')}"
    return {"$schema": _DIALECT, **tidy, "title": title}


def _describe(model: str, schema: dict[str, Any]) -> None:
    for key, inner in schema.get("properties", {}).items():
        inner.pop("title", None)
        english, chinese = described.KEYS[f"{model}.{key}"]
        inner["description"] = f"{english} {chinese}"


def _tidy(schema: Any) -> Any:
    """Without pydantic's nulls (an empty value is refused), and with names that are closed sets."""
    if isinstance(schema, list):
        return [_tidy(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    tidy = {key: _tidy(value) for key, value in schema.items() if not (key == "default" and _without_meaning(value))}
    options = [option for option in tidy.get("anyOf", ()) if option != {"type": "null"}]
    if "anyOf" in tidy:
        del tidy["anyOf"]
        tidy = {**options[0], **tidy} if len(options) == 1 else {**tidy, "anyOf": options}
    if "patternProperties" in tidy:
        tidy["additionalProperties"] = False
    return tidy


def _without_meaning(default: object) -> bool:
    return default is None or default in ([], {}) or (isinstance(default, dict) and all(value in (None, []) for value in default.values()))


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, schema in schemas().items():
        (FOLDER / f"{name}.schema.json").write_text(text(schema), encoding="utf-8")


if __name__ == "__main__":
    main()
