"""CurrencyConversion: monetary columns become amounts of one currency."""

from __future__ import annotations

from typing import Annotated, Any

from cursus.config.step_config import BASE_EXAMPLE, STEP_CONFIG, Decimal, JobType, Whole
from cursus.kernel.step_type import Fault, Input, Job, Output, Script, StepType
from pydantic import BaseModel, Field, field_validator

from cursus_processing.processing_config import SKLEARN, ProcessingConfig, script_arguments

Rate = Annotated[Decimal, Field(gt=0, allow_inf_nan=False)]
Rates = Annotated[dict[str, Rate], Field(min_length=1)]


class CurrencyConversionMappingConfig(BaseModel):
    """One marketplace, its currency, and how many units of it the default currency's unit is worth."""

    model_config = STEP_CONFIG

    marketplace_id: str
    currency_code: str
    conversion_rate: Rate


class CurrencyConversionDictConfig(BaseModel):
    """Rates by marketplace, as older files hold them."""

    model_config = STEP_CONFIG

    mappings: tuple[CurrencyConversionMappingConfig, ...] = Field(min_length=1)

    @field_validator("mappings")
    @classmethod
    def _one_rate_a_currency(
        cls, mappings: tuple[CurrencyConversionMappingConfig, ...]
    ) -> tuple[CurrencyConversionMappingConfig, ...]:
        rates: dict[str, float] = {}
        for mapping in mappings:
            code, rate = mapping.currency_code, mapping.conversion_rate
            if rates.setdefault(code, rate) != rate:
                raise ValueError(f"{code} has the rates {rates[code]:g} and {rate:g}; give it one")
        return mappings


class CurrencyConversionConfig(ProcessingConfig):
    """Which columns are converted, by which rates, and where a row's currency stands.

    `currency_conversion_dict` is currency code -> rate, or the older list of mappings by marketplace. An amount in a
    currency without a rate becomes missing; with `skip_invalid_currencies` it stays as it is. `n_workers` is for
    scripts of the user's own: the shipped one works in one process.
    """

    job_type: JobType = "training"
    currency_conversion_vars: tuple[str, ...] = Field(min_length=1)
    currency_conversion_dict: CurrencyConversionDictConfig | Rates
    marketplace_info: dict[str, dict[str, Any]] | None = None
    currency_code_field: str | None = None
    marketplace_id_field: str | None = None
    default_currency: str = "USD"
    label_name: str | None = None
    n_workers: Whole = Field(default=50, ge=1)
    skip_invalid_currencies: bool = False

    @field_validator("currency_conversion_vars")
    @classmethod
    def _each_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} would be converted twice; list each column once")
        return names

    @property
    def rates(self) -> dict[str, float]:
        """Give the rate of each currency code."""
        table = self.currency_conversion_dict
        if isinstance(table, dict):
            return table
        return {mapping.currency_code: mapping.conversion_rate for mapping in table.mappings}

    @property
    def marketplaces(self) -> dict[str, dict[str, Any]] | None:
        """Give what is known of each marketplace id; None where nothing is."""
        table = self.currency_conversion_dict
        if self.marketplace_info is not None or isinstance(table, dict):
            return self.marketplace_info
        return {m.marketplace_id: {"currency_code": m.currency_code} for m in table.mappings}


def _environment(config: CurrencyConversionConfig) -> dict[str, Any]:
    return {
        "CURRENCY_CONVERSION_VARS": config.currency_conversion_vars,
        "CURRENCY_CONVERSION_DICT": config.rates,
        "MARKETPLACE_INFO": config.marketplaces,
        "MARKETPLACE_ID_FIELD": config.marketplace_id_field,
        "CURRENCY_CODE_FIELD": config.currency_code_field,
        "DEFAULT_CURRENCY": config.default_currency,
        "LABEL_FIELD": config.label_name,
        "N_WORKERS": config.n_workers,
        "SKIP_INVALID_CURRENCIES": config.skip_invalid_currencies or None,
    }


def _check(config: CurrencyConversionConfig) -> list[Fault]:
    faults = []
    if config.currency_code_field is None and config.marketplace_id_field is None:
        message = "nothing says in which currency a row's amounts are"
        fix = "set currency_code_field or marketplace_id_field to the column that says it"
        faults.append(Fault(field="currency_code_field", message=message, fix=fix))
    if config.marketplace_id_field is not None and not config.marketplaces:
        message = "marketplace_id_field is given, and no marketplace's currency is known"
        fix = 'set marketplace_info, such as {"1": {"currency_code": "USD"}}'
        faults.append(Fault(field="marketplace_info", message=message, fix=fix))
    bare = sorted(id_ for id_, known in (config.marketplaces or {}).items() if not _code_of(known))
    if bare:
        message = f"marketplace {', '.join(bare)} has no currency_code"
        fix = 'give each one, such as {"1": {"currency_code": "USD"}}'
        faults.append(Fault(field="marketplace_info", message=message, fix=fix))
    if config.label_name in config.currency_conversion_vars:
        message = f"the label {config.label_name} is a class, not an amount to convert"
        fix = "take it out of currency_conversion_vars"
        faults.append(Fault(field="currency_conversion_vars", message=message, fix=fix))
    return faults


def _code_of(marketplace: dict[str, Any]) -> str:
    code = marketplace.get("currency_code")
    return code.strip() if isinstance(code, str) else ""


CURRENCY_CONVERSION = StepType(
    name="CurrencyConversion",
    summary="Convert monetary columns to one currency.",
    config=CurrencyConversionConfig,
    example={
        **BASE_EXAMPLE,
        "currency_conversion_vars": ["fare"],
        "currency_conversion_dict": {"USD": 1.0, "EUR": 0.9},
        "currency_code_field": "currency",
    },
    job=Job.processing(
        SKLEARN,
        environment=_environment,
        arguments=script_arguments,
        overflow=frozenset(
            {"CURRENCY_CONVERSION_VARS", "CURRENCY_CONVERSION_DICT", "MARKETPLACE_INFO"}
        ),
    ),
    inputs=(
        Input(
            name="input_data",
            kinds=("tabular splits",),
            path="/opt/ml/processing/input/data",
            aliases=("data_input",),
        ),
    ),
    outputs=(
        Output(
            name="processed_data",
            kind="tabular splits",
            path="/opt/ml/processing/output",
            aliases=("converted_data",),
        ),
    ),
    script=Script(
        package="cursus_processing",
        file="currency_conversion.py",
    ),
    check=_check,
)
