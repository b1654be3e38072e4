using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Siro.Gateway.Access;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;

namespace Siro.Gateway.IntegrationTests.Jobs;

/// <summary>A kind of job that only this file knows: its declaration and its registration are all that it takes.</summary>
public sealed partial class NewKindTests(NewKindTests.Fixture gateway) : IClassFixture<NewKindTests.Fixture>
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_kind_that_is_declared_in_one_file_is_listed_retried_measured_and_in_the_overview()
    {
        var ended = new ConcurrentQueue<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, meters) =>
            {
                if (instrument.Name == "siro.gateway.jobs.ended")
                {
                    meters.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => ended.Enqueue(string.Join(' ', tags.ToArray().Select(t => t.Value))));
        listener.Start();
        await using var started = await gateway.StartInProcessAsync(
            builder => builder.Services.AddJob<ExportData, ExportHandler>(ExportJob.Declaration));
        using var client = started.CreateClient();
        var queues = started.Services.GetRequiredService<JobQueues>();
        var (id, data) = (new JobId("exp_1"), new ExportData { Path = "/a", Secret = "s3cret" });
        await queues.Queue(ExportJob.Declaration, GatewaySettings.Organization).EnqueueAsync(
            new NewJob<ExportData>(id, data) { Client = "admin" }, null, Cancel);

        // It fails at its first run, and waits for a person.
        await StatusAsync(client, "failed");
        var page = await client.GetFromJsonAsync<JsonElement>("/v1/test-exports?status=failed&limit=10", Cancel);
        Assert.Equal("exp_1", Assert.Single(page.GetProperty("data").EnumerateArray()).GetProperty("id").GetString());
        Assert.Equal(JsonValueKind.Null, page.GetProperty("cursor").ValueKind);
        using var unknownStatus = await client.GetAsync("/v1/test-exports?status=strange", Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, unknownStatus.StatusCode);

        // Another client does not see it; without the permission it sees nothing at all.
        using var writer = started.CreateClient(GatewaySettings.WriterKey);
        using var hidden = await writer.GetAsync("/v1/test-exports/exp_1", Cancel);
        Assert.Equal(HttpStatusCode.NotFound, hidden.StatusCode);
        using var nobody = started.CreateClient(GatewaySettings.NobodyKey);
        using var refused = await nobody.GetAsync("/v1/test-exports", Cancel);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);

        // The overview counts it, and says what to do.
        JsonElement overview = default;
        await Until.TrueAsync(
            async () =>
            {
                overview = await client.GetFromJsonAsync<JsonElement>("/v1/overview", Cancel);
                return overview.GetProperty("jobs").GetProperty("exports").GetProperty("stopped").GetInt64() == 1;
            },
            "the overview counts the stopped one");
        var problem = overview.GetProperty("problems").EnumerateArray().Single(p => p.GetProperty("code").GetString() == "exports_failed");
        Assert.Equal("1 export failed", problem.GetProperty("title").GetString());

        // A person tries it again, once.
        using var retried = await client.PostAsync("/v1/test-exports/exp_1/retry", null, Cancel);
        Assert.Equal(HttpStatusCode.Accepted, retried.StatusCode);
        var done = await StatusAsync(client, "written");
        Assert.Equal(2, done.GetProperty("rows").GetInt32());
        using var again = await client.PostAsync("/v1/test-exports/exp_1/retry", null, Cancel);
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);

        // Its fields are as the format says; the secret is not readable in the store.
        var stored = await queues.Queue(ExportJob.Declaration.Kind, GatewaySettings.Organization).FindAsync(id, Cancel);
        Assert.Equal(("/a", "2"), (stored!["path"], stored["rows"]));
        Assert.StartsWith("v1.", stored["secret"], StringComparison.Ordinal);

        await Until.TrueAsync(() => ended.Contains("test-export done") && ended.Contains("test-export park"), "both runs are counted");
        var description = await client.GetFromJsonAsync<JsonElement>("/openapi/v1.json", Cancel);
        Assert.True(description.GetProperty("paths").TryGetProperty("/v1/test-exports/{id}/retry", out _));
    }

    private static async Task<JsonElement> StatusAsync(HttpClient client, string status)
    {
        JsonElement view = default;
        await Until.TrueAsync(
            async () =>
            {
                view = await client.GetFromJsonAsync<JsonElement>("/v1/test-exports/exp_1", Cancel);
                return view.GetProperty("status").GetString() == status;
            },
            $"the export is {status}");
        return view;
    }

    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;
    }

    private static class ExportJob
    {
        public static readonly Job<ExportData> Declaration = new(
            "test-export",
            new JobStates("queued", Active: ["writing"], Stopped: ["failed"], Done: ["written"]),
            ExportJson.Default.ExportData)
        {
            Limits = new JobLimits(Concurrency: 1),
            Resource = new JobResource<ExportData, ExportView>(
                "/v1/test-exports", "export", Permissions.UploadsWrite, job => new ExportView(job.Id.Value, job.State, job.Data.Rows)),
            Overview = new JobOverview("exports", "An export", "are there enough replicas?")
            {
                Problems =
                [
                    new JobProblem(
                        "failed", "exports_failed", "1 export failed", "{0} exports failed", "Each can be tried again.", "See why"),
                ],
            },
        };
    }

    internal sealed record ExportData
    {
        public string Path { get; init; } = "";

        [Encrypted]
        public string? Secret { get; init; }

        public int Rows { get; init; }

        [JsonConverter(typeof(FlagConverter))]
        public bool Tried { get; init; }
    }

    internal sealed record ExportView(string Id, string Status, int Rows);

    private sealed class ExportHandler : IJobHandler<ExportData>
    {
        public async Task<JobOutcome> RunAsync(JobClaim<ExportData> claim, CancellationToken cancellationToken)
        {
            if (!claim.Data.Tried)
            {
                return claim.Park("failed", claim.Data with { Tried = true });
            }

            var isKept = await claim.SaveAsync("writing", claim.Data with { Rows = 1 }, cancellationToken) == JobWrite.Written;
            return isKept && claim.Data.Secret == "s3cret"
                ? claim.Done("written", claim.Data with { Rows = claim.Data.Rows + 1 })
                : claim.Failed("failed");
        }
    }

    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
    [JsonSerializable(typeof(ExportData))]
    internal sealed partial class ExportJson : JsonSerializerContext;
}
