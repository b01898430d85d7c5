"""The charts that the sandbox knows, found by the reference that a Release gives."""

from __future__ import annotations

from sandbox.charts.chart import Chart, ChartError, nearest
from sandbox.charts.tigera_operator import TigeraOperatorChart

_CHARTS: tuple[Chart, ...] = (TigeraOperatorChart(),)


def find(reference: str, repository: str) -> Chart:
    """Return the chart of a Release's `chart` and `repositoryOpts.repo`.

    Raises:
        ChartError: it is not one of ours, or Helm would not find it there.
    """
    location, _, name = reference.rpartition("/")
    if location and repository:
        raise ChartError(
            f"chart is '{reference}' but repositoryOpts.repo is '{repository}'; give the chart's bare name "
            "with a repository, or an oci:// reference without one (Helm joins the two)"
        )
    chart = next((known for known in _CHARTS if known.name == name), None)
    if chart is None:
        hint = nearest(name, [known.name for known in _CHARTS])
        known = ", ".join(known.name for known in _CHARTS)
        raise ChartError(
            f"chart is '{reference}' but the sandbox can only install: {known}"
            + (f"; did you mean '{hint}'" if hint else "")
            + " (charts cannot be downloaded here, each is rendered by the sandbox itself)"
        )
    source = (repository or location).rstrip("/")
    if source not in chart.repositories:
        where = f"repository '{source}'" if source else "no repository"
        raise ChartError(
            f"chart is '{reference}' but {where} is given; set repositoryOpts.repo to "
            f"'{chart.repositories[0]}' (the chart is published there)"
        )
    return chart


def version_of(chart: Chart, wanted: str) -> str:
    """Return the chart version to install: the wanted one, or the newest.

    Raises:
        ChartError: there is no such version, in Helm's words.
    """
    if not wanted:
        return list(chart.versions)[-1]
    if wanted not in chart.versions:
        hint = nearest(wanted, chart.versions)
        raise ChartError(
            f'chart "{chart.name}" version "{wanted}" not found in {chart.repositories[0]} repository'
            f" (the sandbox knows {', '.join(chart.versions)}" + (f"; nearest: {hint})" if hint else ")")
        )
    return wanted
