using Siro.Gateway.Alerts;
using Siro.Gateway.Calls;
using Siro.Gateway.Calls.Jobs;
using Siro.Gateway.Deliveries;
using Siro.Gateway.Jobs;
using Siro.Gateway.Recordings.Reconciliation;
using Siro.Gateway.Uploads.Jobs;
using Siro.Gateway.Uploads.Metadata;
using Siro.Gateway.Uploads.Steps;

namespace Siro.Gateway.Tests.Jobs;

/// <summary>
/// The fields of stored jobs, as they have been since the first release: replicas of two versions work off one store while a fleet is
/// upgraded.
/// </summary>
public sealed class JobFormatTests
{
    private static readonly DateTimeOffset Moment = new(2026, 1, 31, 9, 30, 0, 250, TimeSpan.Zero);

    [Fact]
    public void A_backfill() => Same(
        BackfillJob.Declaration,
        new BackfillData
        {
            From = Moment, To = Moment.AddDays(1), Cursor = "c", Recordings = 12, Announced = 3, Error = "siro_unavailable",
        },
        ("from", "2026-01-31T09:30:00.250Z"), ("to", "2026-02-01T09:30:00.250Z"), ("cursor", "c"), ("recordings", "12"), ("announced", "3"),
        ("error", "siro_unavailable"));

    [Fact]
    public void A_poll_of_recordings() => Same(
        PollJob.Declaration,
        new PollData { Start = Moment, Mark = Moment.AddMinutes(1), Seen = Moment.AddMinutes(2), Begun = Moment, Cursor = "c" },
        ("start", "2026-01-31T09:30:00.250Z"), ("mark", "2026-01-31T09:31:00.250Z"), ("seen", "2026-01-31T09:32:00.250Z"),
        ("begun", "2026-01-31T09:30:00.250Z"), ("cursor", "c"));

    [Fact]
    public void A_poll_of_a_provider() => Same(
        SourcePolling.Declaration,
        new SourcePollData { Mark = Moment, Begun = Moment, Page = "https://voip.example/p?2" },
        ("mark", "2026-01-31T09:30:00.250Z"), ("begun", "2026-01-31T09:30:00.250Z"), ("page", "https://voip.example/p?2"));

    [Fact]
    public void A_call() => Same(
        CallJob.Declaration,
        new CallData
        {
            Notice = new CallNotice
            {
                SourceId = "42", RecordingUrl = "https://voip.example/42.mp3", Rep = new CallRep { Email = "a@example.com" },
            },
            User = "u1",
            Source = "zoom",
            Upload = "up_1",
            Recording = "rec_1",
            Tries = 3,
            Since = Moment,
            Failure = new CallFailure("recording_not_ready", "Not yet."),
        },
        (
            "notice",
            """{"sourceId":"42","recordingUrl":"https://voip.example/42.mp3","startedAt":null"""
            + ""","rep":{"userId":null,"email":"a@example.com","phone":null,"externalId":null},"repPhoneWithoutPlus":null"""
            + ""","customer":{"name":null,"phone":null},"title":null,"conversationType":null,"integrationConnectionId":null"""
            + ""","crmObjects":null,"lookup":null}"""),
        ("user", "u1"),
        ("source", "zoom"),
        ("upload", "up_1"),
        ("recording", "rec_1"),
        ("tries", "3"),
        ("since", "1769851800250"),
        ("failure", """{"code":"recording_not_ready","detail":"Not yet.","uploadTries":null,"uploadDueAt":null}"""));

    [Fact]
    public void An_upload()
    {
        var data = new UploadData
        {
            User = "u1",
            Sha256 = "ab",
            Bytes = 5_000_000_000,
            Type = "mp3",
            Fingerprint = "ab.cd",
            Skipped = 7,
            Url = "https://storage.example/x",
            Stored = Moment,
            Recording = "rec_1",
            Sent = 17,
            Retries = 2,
            Early = true,
        };
        var fields = new (string, string)[]
        {
            ("user", "u1"), ("sha256", "ab"), ("bytes", "5000000000"), ("type", "mp3"), ("fingerprint", "ab.cd"), ("skipped", "7"),
            ("url", "https://storage.example/x"), ("stored", "1769851800250"), ("recording", "rec_1"), ("sent", "17"),
            ("retries", "2"), ("early", "1"),
        };
        Same(UploadJob.Declaration, data, fields);

        var read = Read(
            UploadJob.Declaration,
            [
                .. fields,
                (
                    "metadata",
                    """{"metadata":{"title":"Kitchen","discoverable":true,"crmObjects":[{"objectType":"Deal","objectId":"7"}]}"""
                    + ""","fileName":"a.mp3"}"""),
                ("warnings", """[{"code":"ignored","message":"Ignored."}]"""),
                (
                    "failures",
                    """[{"verdict":1,"status":503,"code":"siro_unavailable","detail":"Away.","upstream":503,"siro":{"error":"x"}}]"""),
            ]);
        var metadata = read.Metadata!.Metadata;
        Assert.Equal(("Kitchen", true, "a.mp3"), (metadata.Title, metadata.Discoverable, read.Metadata.FileName));
        Assert.Equal(new CrmObject("Deal", "7"), Assert.Single(metadata.CrmObjects!));
        Assert.Equal(new UploadWarning("ignored", "Ignored."), Assert.Single(read.Warnings!));
        var failure = Assert.Single(read.Failures!);
        Assert.Equal(((StepVerdict)1, 503, "x"), (failure.Verdict, failure.Status, failure.Siro!.Value.GetProperty("error").GetString()));
    }

    [Fact]
    public void A_replay()
    {
        var filter = new ReplayFilter("dead", Moment, null, null, 100_000);
        Same(
            ReplayJob.Declaration,
            ReplayData.Of("sub_1", filter, 12) with { At = 99, Done = 4 },
            ("subscription", "sub_1"), ("status", "dead"), ("since", "2026-01-31T09:30:00.2500000+00:00"), ("until", ""), ("type", ""),
            ("limit", "100000"), ("count", "12"), ("at", "99"), ("done", "4"));
        Assert.Equal(filter, ReplayData.Of("sub_1", filter, 12).Filter);
    }

    [Fact]
    public void An_alert() => Same(
        AlertJob.Declaration,
        new AlertData
        {
            Kind = "budget.exhausted", Subject = "crm", Episode = "alr_1", Level = 70, Since = Moment, Detail = "Away.", Tried = 2,
        },
        ("kind", "budget.exhausted"), ("subject", "crm"), ("episode", "alr_1"), ("level", "70"), ("since", "2026-01-31T09:30:00.250Z"),
        ("detail", "Away."), ("tried", "2"));

    [Fact]
    public void A_delivery() => Same(
        DeliveryJob.Declaration,
        new DeliveryData
        {
            Type = "recording.ready", RecordingId = "rec_1", Number = 1_769_851_800_250_000, Replay = true, Failures = 3, Attempts = "[]",
        },
        ("type", "recording.ready"), ("recording", "rec_1"), ("number", "1769851800250000"), ("replay", "1"), ("failures", "3"),
        ("attempts", "[]"));

    [Fact]
    public void A_new_delivery_has_few_fields()
    {
        var data = new DeliveryData { Type = "user.created", Number = 1 };
        Same(DeliveryJob.Declaration, data, ("type", "user.created"), ("number", "1"));

        // As earlier versions stored it.
        Assert.Equal(
            data, Read(DeliveryJob.Declaration, [("type", "user.created"), ("recording", ""), ("number", "1"), ("replay", "")]));
    }

    [Fact]
    public void Every_kind_reads_a_job_without_fields_and_one_with_fields_of_a_later_version()
    {
        foreach (var fields in new (string, string)[][] { [], [("later", "{}")] })
        {
            Assert.Equal(new BackfillData(), Read(BackfillJob.Declaration, fields));
            Assert.Equal(new PollData(), Read(PollJob.Declaration, fields));
            Assert.Equal(new SourcePollData(), Read(SourcePolling.Declaration, fields));
            Assert.Equal(new CallData(), Read(CallJob.Declaration, fields));
            Assert.Equal(new UploadData(), Read(UploadJob.Declaration, fields));
            Assert.Equal(new DeliveryData(), Read(DeliveryJob.Declaration, fields));
        }
    }

    [Fact]
    public void What_is_personal_or_grants_access_is_encrypted()
    {
        Assert.Equal(["notice"], CallJob.Declaration.Format.Encrypted);
        Assert.Equal(["page"], SourcePolling.Declaration.Format.Encrypted);
        Assert.Equal(["metadata", "url"], UploadJob.Declaration.Format.Encrypted.Order(StringComparer.Ordinal));
    }

    private static TData Read<TData>(Job<TData> job, params (string Name, string Text)[] fields)
        where TData : class => job.Format.Read(fields.ToDictionary(f => f.Name, f => f.Text, StringComparer.Ordinal));

    private static void Same<TData>(Job<TData> job, TData data, params (string Name, string Text)[] fields)
        where TData : class
    {
        Assert.Equal(fields.ToHashSet(), job.Format.Write(data).Where(f => f.Value is not null).Select(f => (f.Key, f.Value!)).ToHashSet());
        var read = Read(job, fields);
        Assert.Equal(job.Format.Write(data), job.Format.Write(read));
    }
}
