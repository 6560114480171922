"""What the web process and the process that reads files say to each other."""

from dataclasses import dataclass

from webapp.bus.process_messages import Call
from webapp.core.analysis_results import PictureAnalysis, VideoAnalysis
from webapp.core.jobs import JobStatus, OwnedJob
from webapp.core.messages import Message


@dataclass(frozen=True)
class ReadFile(Call):
    """Hands a file in, which comes with this; the answer is `JobsFound` with its job.

    Attributes:
        upload_id: see `Upload.id`.
    """

    event = "read_file"

    owner: int
    name: str
    upload_id: str


@dataclass(frozen=True)
class SenderLeft(Message):
    """Who handed a file in does not wait for the answer any more."""

    event = "sender_left"

    call_id: int


@dataclass(frozen=True)
class FindJobs(Call):
    """Asks for what an owner handed in; the answer is `JobsFound`."""

    event = "find_jobs"

    owner: int


@dataclass(frozen=True)
class JobsFound(Call):
    """Answers it, newest first."""

    event = "jobs_found"

    jobs: tuple[JobStatus, ...]


@dataclass(frozen=True)
class FindJob(Call):
    """Asks how a job is doing; the answer is `JobsFound` with this one."""

    event = "find_job"

    owner: int
    job_id: str


@dataclass(frozen=True)
class FindResult(Call):
    """Asks for what was read in a file; the answer is `ResultFound`."""

    event = "find_result"

    owner: int
    job_id: str


@dataclass(frozen=True)
class ResultFound(Call):
    """Answers it; both are None before the end. The annotated picture comes with it."""

    event = "result_found"

    picture: PictureAnalysis | None
    video: VideoAnalysis | None


@dataclass(frozen=True)
class ExportResult(Call):
    """Asks for a result as a file of a form, which comes with `Done`."""

    event = "export_result"

    owner: int
    job_id: str
    form: str


@dataclass(frozen=True)
class FindPreview(Call):
    """Asks for the newest picture of a job, which comes with `Done` if there is one."""

    event = "find_preview"

    owner: int
    job_id: str


@dataclass(frozen=True)
class ForgetJob(Call):
    """See `AnalysisJobs.forget`."""

    event = "forget_job"

    owner: int
    job_id: str


@dataclass(frozen=True)
class FindGoingOn(Call):
    """Asks for what goes on, whosever it is; the answer is `GoingOnFound`."""

    event = "find_going_on"


@dataclass(frozen=True)
class GoingOnFound(Call):
    """Answers it, oldest first."""

    event = "going_on_found"

    jobs: tuple[OwnedJob, ...]


JOB_MESSAGES: tuple[type[Message], ...] = (
    ExportResult,
    FindGoingOn,
    FindJob,
    FindJobs,
    FindPreview,
    FindResult,
    ForgetJob,
    GoingOnFound,
    JobsFound,
    OwnedJob,
    ReadFile,
    ResultFound,
    SenderLeft,
)
