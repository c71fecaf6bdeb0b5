"""The application: wires the rooms together and decides nothing."""

from datetime import timedelta
from functools import partial

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from oer.accounts import jobs as accounts_jobs
from oer.accounts import views as accounts_views
from oer.accounts.queries import account_of_sign_in, account_of_token
from oer.catalogue import api as catalogue_api
from oer.catalogue import jobs as catalogue_jobs
from oer.catalogue import personal_data as catalogue_personal_data
from oer.catalogue import views as catalogue_views
from oer.catalogue import watching as catalogue_watching
from oer.city import jobs as city_jobs
from oer.city import queries as city_queries
from oer.city import views as city_views
from oer.config import PACKAGE, REQUIRED, Settings, templates_folder
from oer.core import backup_runs
from oer.core.errors import Conflict
from oer.core.installation import Installation, open_backends, require_strong_secret, with_secret
from oer.core.private_files import keep_private
from oer.core.schema import SchemaOutdated, require_current_schema
from oer.exchange import views as exchange_views
from oer.files import jobs as files_jobs
from oer.files import watching as files_watching
from oer.files.services.store_ownership import require_own_store
from oer.indicators import api as indicators_api
from oer.indicators import jobs as indicators_jobs
from oer.indicators import personal_data as indicators_personal_data
from oer.indicators import views as indicators_views
from oer.indicators import watching as indicators_watching
from oer.indicators.computation.queries import use_city
from oer.jobs import mail as mail_jobs
from oer.jobs import watching as jobs_watching
from oer.jobs.queue import open_queue
from oer.learning import jobs as learning_jobs
from oer.learning import personal_data as learning_personal_data
from oer.learning import views as learning_views
from oer.monitoring import jobs as monitoring_jobs
from oer.monitoring import views as monitoring_views
from oer.monitoring import watching as monitoring_watching
from oer.pages import views as pages_views
from oer.reading import jobs as reading_jobs
from oer.reading import views as reading_views
from oer.search import api as search_api
from oer.search import views as search_views
from oer.statistics import api as statistics_api
from oer.statistics import jobs as statistics_jobs
from oer.statistics import views as statistics_views
from oer.statistics.services import usage_providers as statistics_sources
from oer.usage import jobs as usage_jobs
from oer.usage import watching as usage_watching
from oer.web.compression import init_compression
from oer.web.context import init_commit, init_context
from oer.web.errors import init_errors
from oer.web.formatting import init_formatting
from oer.web.forms import init_forms
from oer.web.handover import init_handover
from oer.web.headers import init_headers
from oer.web.identity import init_identity
from oer.web.languages import init_languages
from oer.web.probes import ProbeMiddleware
from oer.web.proxies import init_proxies
from oer.web.request_ids import init_request_ids
from oer.web.request_validation import init_request_validation
from oer.web.signatures import LenientSessions
from oer.web.templates import EnvironmentByLanguage, init_templates

# Imported for what they register: work, what is watched, tables, what is kept about people, what usage may know.
REGISTERING = (
    accounts_jobs,
    backup_runs,
    catalogue_jobs,
    catalogue_personal_data,
    catalogue_watching,
    city_jobs,
    files_jobs,
    files_watching,
    indicators_jobs,
    indicators_personal_data,
    indicators_watching,
    learning_jobs,
    learning_personal_data,
    mail_jobs,
    monitoring_jobs,
    monitoring_watching,
    jobs_watching,
    reading_jobs,
    statistics_jobs,
    statistics_sources,
    usage_jobs,
    usage_watching,
)
use_city(points=city_queries.points_known, events=city_queries.events_known)
BLUEPRINTS = (
    accounts_views.blueprint,
    accounts_views.admin,
    catalogue_views.blueprint,
    catalogue_api.api,
    catalogue_views.uploads.uploads,
    search_views.blueprint,
    search_api.blueprint,
    statistics_views.blueprint,
    statistics_api.blueprint,
    learning_views.blueprint,
    city_views.blueprint,
    exchange_views.blueprint,
    indicators_views.blueprint,
    indicators_api.blueprint,
    monitoring_views.blueprint,
    reading_views.blueprint,
    pages_views.blueprint,
)


class _App(Flask):
    jinja_environment = EnvironmentByLanguage
    session_interface = LenientSessions()


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        TRUSTED_HOSTS=settings.request_hosts,
        MAX_CONTENT_LENGTH=settings.max_form_bytes,
        MAX_FORM_MEMORY_SIZE=settings.max_form_bytes,
        SESSION_COOKIE_NAME="oer",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https:"),
        # Longer than any sign-in: whether somebody is signed in is decided by the row.
        PERMANENT_SESSION_LIFETIME=timedelta(days=settings.sign_in_days + 7),
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]


def open_installation(settings: Settings) -> Installation:
    """Open the backends of an installation, and check that it may run.

    Raises SchemaOutdated, SecretMissing or SecretWeak, and Conflict for a file store that belongs to another database;
    each names the command that helps.
    """
    keep_private(settings)
    settings = with_secret(settings)
    if settings.is_public:
        require_strong_secret(settings)
    installation = open_backends(settings, open_queue(settings.jobs))
    try:
        require_current_schema(installation.database.engine)
        with installation.database.transaction() as session:
            require_own_store(session, installation.storage)
    except (SchemaOutdated, Conflict):
        installation.database.engine.dispose()
        raise
    keep_private(settings)  # what this start has made, too
    return installation


def create_app(settings: Settings | None = None) -> Flask:
    """Return the WSGI application for `settings`, else for what the environment says.

    Raises SchemaOutdated, SecretMissing or InvalidSetting, each naming what helps; it migrates nothing itself.
    """
    if settings is None:
        settings = Settings.from_environment()
        settings.require_fit_for_public()
    return build_app(open_installation(settings))


def build_app(installation: Installation) -> Flask:
    """Return the WSGI application over an installation that is open already."""
    app = _App("oer", static_folder=str(PACKAGE / "static"), template_folder=str(templates_folder()))
    _configure(app, installation.settings)
    init_request_ids(app, log_answers=installation.settings.log_format == "json")
    app.wsgi_app = ProbeMiddleware(app.wsgi_app, installation.settings.request_hosts)  # type: ignore[method-assign]
    init_context(app, installation)
    init_handover(app)
    init_request_validation(app)
    init_proxies(app, installation.settings)
    init_headers(app)
    init_compression(app)
    init_languages(app)
    init_templates(app)
    init_formatting(app)
    init_forms(app)
    init_errors(app)
    required = installation.settings.staff_second_factor == REQUIRED
    init_identity(
        app,
        partial(account_of_sign_in, second_factor_required=required),
        partial(account_of_token, second_factor_required=required),
    )
    monitoring_views.init_metrics(app, installation)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.add_url_rule("/healthz", "healthz", lambda: ("ok\n", {"Content-Type": "text/plain"}))
    init_commit(app)
    return app
