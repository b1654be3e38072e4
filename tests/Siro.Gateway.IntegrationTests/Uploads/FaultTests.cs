using System.Net;
using System.Text.Json;
using Siro.Emulator.Faults;
using Siro.Emulator.Hosting;
using Siro.Emulator.Recordings;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Uploads;

public sealed class FaultTests(UploadsFixture gateway) : IClassFixture<UploadsFixture>, IDisposable
{
    private const string SignedUrls = "/v1/core/recordings/signed-urls";
    private const string Create = "/v1/core/recordings/upload";

    private static readonly byte[] Audio = Recordings.Wav(200_000);

    private const string StorageTimeout = "Uploads:StorageTimeout";

    private readonly string _title = "Title " + Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8));

    public void Dispose()
    {
        gateway.Emulator.Faults.Clear();
        gateway.Emulator.Options.Contracts = CreateContracts.FileUrl;
        gateway.Gateway.Change((StorageTimeout, null));
    }

    public static TheoryData<string, FaultRule> Passing => new()
    {
        { "signing answers 503 twice", new FaultRule { Host = "platform", Path = SignedUrls, Status = 503, Times = 2 } },
        { "signing answers 429", new FaultRule { Host = "platform", Path = SignedUrls, Status = 429, Times = 1 } },
        { "signing answers with a page in place of JSON",
            new FaultRule { Host = "platform", Path = SignedUrls, Status = 200, Body = "<html>", Times = 2 } },
        { "signing is cut off", new FaultRule { Host = "platform", Path = SignedUrls, Drop = true, Times = 1 } },
        { "signing's answer is lost",
            new FaultRule { Host = "platform", Path = SignedUrls, Drop = true, Times = 1, When = FaultMoment.Processed } },
        { "the storage answers 503 twice", new FaultRule { Host = "storage", Status = 503, Times = 2 } },
        { "the storage answers 408", new FaultRule { Host = "storage", Status = 408, Times = 1 } },
        { "the storage answers 429", new FaultRule { Host = "storage", Status = 429, Times = 1 } },
        { "the storage cuts off at once", new FaultRule { Host = "storage", Drop = true, Times = 1, When = FaultMoment.Arrival } },
        { "the storage cuts off at the end", new FaultRule { Host = "storage", Drop = true, Times = 1 } },
        { "the storage's answer is lost", new FaultRule { Host = "storage", Drop = true, Times = 1, When = FaultMoment.Processed } },
        { "the storage stalls",
            new FaultRule { Host = "storage", Stall = TimeSpan.FromSeconds(20), Times = 1, When = FaultMoment.Processed } },
        { "the signed URL has expired",
            new FaultRule { Host = "storage", Status = 400, Times = 1,
            Body = "<?xml version='1.0'?><Error><Code>ExpiredToken</Code></Error>" } },
        { "the signature does not match once",
            new FaultRule { Host = "storage", Status = 403, Times = 1,
            Body = "<?xml version='1.0'?><Error><Code>SignatureDoesNotMatch</Code></Error>" } },
        { "creation answers 429", new FaultRule { Host = "platform", Path = Create, Status = 429, Times = 1 } },
        { "creation answers 401 once", new FaultRule { Host = "platform", Path = Create, Status = 401, Times = 1 } },
    };

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task A_passing_fault_is_overcome_and_one_recording_made(string fault, FaultRule rule)
    {
        gateway.Emulator.Faults.Add(rule);
        if (rule.Stall is not null)
        {
            gateway.Gateway.Change((StorageTimeout, "00:00:02"));
        }

        using var client = gateway.CreateClient();

        var (response, body) = await client.UploadAsync(Forms.Of(Audio, title: _title));

        Assert.True(
            response.StatusCode == HttpStatusCode.Created, $"{fault}: {body}\n{string.Join('\n', gateway.Gateway.Log.TakeLast(5))}");
        Assert.True(gateway.Emulator.Faults.Rules.Single().Struck > 0, "the fault never struck");
        Assert.Equal(Audio, gateway.Emulator.Objects.Find(Made().Single().ObjectName!)!.ReadAllBytes());
        await Until.TrueAsync(() => gateway.Spooled == 0, "the spool is empty");
    }

    public static TheoryData<string, FaultRule, int, string> Lasting => new()
    {
        { "signing is forbidden", new FaultRule { Host = "platform", Path = SignedUrls, Status = 403 }, 403, "siro_forbidden" },
        { "signing is refused",
            new FaultRule { Host = "platform", Path = SignedUrls, Status = 422, Body = """{"issues":[],"name":"ZodError"}""" }, 422,
            "siro_rejected" },
        { "signing names a header of two lines",
            new FaultRule { Host = "platform", Path = SignedUrls, Status = 200,
            Body = """{"data":{"uploadUrl":"http://127.0.0.1:1/x","uploadHeaders":{"x-goog-meta-a":"a\r\nb: c"},"downloadUrl":"d"}}""" },
            502, "siro_answer_invalid" },
        { "signing frames the body",
            new FaultRule { Host = "platform", Path = SignedUrls, Status = 200,
            Body = """{"data":{"uploadUrl":"http://127.0.0.1:1/x","uploadHeaders":{"transfer-encoding":"chunked"},"downloadUrl":"d"}}""" },
            502, "siro_answer_invalid" },
        { "signing lacks its headers and the envelope",
            new FaultRule { Host = "platform", Path = SignedUrls, Status = 200,
            Body = """{"uploadUrl":"http://127.0.0.1:1/x","downloadUrl":"d"}""" }, 502, "siro_answer_invalid" },
        { "signing makes no sense", new FaultRule { Host = "platform", Path = SignedUrls, Status = 200, Body = """{"data":{}}""" }, 502,
            "siro_answer_invalid" },
        { "signing points elsewhere",
            new FaultRule { Host = "platform", Path = SignedUrls, Status = 200,
            Body = """{"data":{"uploadUrl":"https://evil.example/x","uploadHeaders":{},"downloadUrl":"https://evil.example/x","expiresAt":"2999-01-01T00:00:00Z"}}""" }, 502, "storage_forbidden" },
        { "signing points to the metadata service",
            new FaultRule { Host = "platform", Path = SignedUrls, Status = 200,
            Body = """{"data":{"uploadUrl":"http://169.254.169.254/x","uploadHeaders":{},"downloadUrl":"https://evil.example/x","expiresAt":"2999-01-01T00:00:00Z"}}""" }, 502, "storage_forbidden" },
        { "the storage refuses every time", new FaultRule { Host = "storage", Status = 403 }, 502, "storage_refused" },
        { "creation is refused", new FaultRule { Host = "platform", Path = Create, Status = 400, Body = """{"error":"No"}""" }, 422,
            "siro_rejected" },
    };

    [Theory]
    [MemberData(nameof(Lasting))]
    public async Task A_lasting_fault_ends_the_upload_with_its_reason_and_no_recording(
        string fault, FaultRule rule, int status, string code)
    {
        gateway.Emulator.Faults.Add(rule);
        using var client = gateway.CreateClient();

        var (response, body) = await client.UploadAsync(Forms.Of(Audio, title: _title));

        Assert.True((int)response.StatusCode == status, $"{fault}: {body}");
        Assert.Equal(code, body.Text("code"));
        Assert.Empty(Made());
        Assert.Equal(0, gateway.Spooled);
        var upload = await client.GetJsonAsync(response.Headers.Location!.OriginalString);
        Assert.Equal("failed", upload.Text("status"));
        Assert.Equal(code, upload.GetProperty("errors").EnumerateArray().Last().Text("code"));
    }

    public static TheoryData<string, FaultRule, int> Doubtful => new()
    {
        { "500 before anything was done", new FaultRule { Host = "platform", Path = Create, Status = 500, Times = 1 }, 0 },
        { "504 after it was done",
            new FaultRule { Host = "platform", Path = Create, Status = 504, Times = 1, When = FaultMoment.Processed }, 1 },
        { "the answer is lost", new FaultRule { Host = "platform", Path = Create, Drop = true, Times = 1, When = FaultMoment.Processed },
            1 },
        { "the request is lost", new FaultRule { Host = "platform", Path = Create, Drop = true, Times = 1 }, 0 },
        { "a success without an id",
            new FaultRule { Host = "platform", Path = Create, Status = 201, Body = "{}", Times = 1, When = FaultMoment.Processed }, 1 },
    };

    [Theory]
    [MemberData(nameof(Doubtful))]
    public async Task Where_siro_may_have_the_recording_only_a_person_creates_it_again(string fault, FaultRule rule, int made)
    {
        gateway.Emulator.Faults.Add(rule);
        using var client = gateway.CreateClient();

        var (response, problem) = await client.UploadAsync(
            Forms.Of(Audio, title: _title, fields: ("userId", gateway.Emulator.Default.UserId)), key: _title.Replace(' ', '-'));

        Assert.True((int)response.StatusCode == 502 && problem.Text("code") == "upload_uncertain", $"{fault}: {problem}");
        Assert.Equal(made, Made().Count);
        var path = response.Headers.Location!.OriginalString;
        var upload = await client.GetJsonAsync(path);
        Assert.Equal("uncertain", upload.Text("status"));
        Assert.True(upload.GetProperty("retryable").GetBoolean());
        Assert.Equal(Made().Select(r => r.Id),
            upload.GetProperty("likelyMatches").EnumerateArray().Where(m => Same(m, "title") && Same(m, "rep"))
            .Select(m => m.Text("recordingId")));

        using var retried = await client.PostAsync(path + "/retry", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, retried.StatusCode);
        await Until.TrueAsync(async () => (await client.GetJsonAsync(path)).Text("status") == "created", "the retry creates it");
        Assert.Equal(made + 1, Made().Count);
        using var second = await client.PostAsync(path + "/retry", null, TestContext.Current.CancellationToken);
        Assert.Equal("not_retryable", second.Header("Siro-Gateway-Error"));
    }

    [Theory]
    [InlineData("userPhone")]
    [InlineData("userNumber")]
    public async Task Likely_matches_know_the_rep_by_phone(string field)
    {
        // Siro has the number in one way of writing, the caller in another.
        var rep = gateway.Emulator.Default.Users[2];
        const string Number = "+15550000003";
        rep.PhoneNumber = "(555) 000-0003";
        gateway.Emulator.Faults.Add(
            new FaultRule { Host = "platform", Path = Create, Drop = true, Times = 1, When = FaultMoment.Processed });
        using var client = gateway.CreateClient();
        using var form = new MultipartFormDataContent { { new StringContent(Number), field }, { new StringContent(_title), "title" },
            { new ByteArrayContent(Audio), "file", "call.wav" } };

        var (response, problem) = await client.UploadAsync(form);

        Assert.True(problem.Text("code") == "upload_uncertain", problem.ToString());
        var upload = await client.GetJsonAsync(response.Headers.Location!.OriginalString);
        Assert.True(upload.GetProperty("likelyMatches").GetArrayLength() > 0, upload.ToString());
        var match = Assert.Single(upload.GetProperty("likelyMatches").EnumerateArray(), m => Same(m, "title"));
        Assert.Equal((Made().Single().Id, rep.Id), (match.Text("recordingId"), match.Text("userId")));
        Assert.True(Same(match, "rep"), match.ToString());
    }

    [Theory]
    [InlineData(CreateContracts.FileUrl)]
    [InlineData(CreateContracts.DownloadUrl)]
    [InlineData(CreateContracts.V2)]
    public async Task Whichever_contract_siro_serves_is_found_and_remembered(CreateContracts contract)
    {
        gateway.Emulator.Options.Contracts = contract;
        using var client = gateway.CreateClient();
        var (first, body) = await client.UploadAsync(Forms.Of(Audio, title: _title, fields: ("customerName", "Ann")));
        Assert.True(first.StatusCode == HttpStatusCode.Created, body.ToString());
        var since = gateway.Emulator.Journal.Last;

        var (second, _) = await client.UploadAsync(Forms.Of(Audio, title: _title, fields: ("customerName", "Ann")));

        Assert.Equal(HttpStatusCode.Created, second.StatusCode);
        Assert.Single(gateway.Emulator.Journal.Read(since, SiroHost.Platform), e => e.Path != SignedUrls);
        Assert.All(Made(), r => Assert.Equal("Ann", r.CustomerName));

        // Siro changes back, and so does the gateway: a test that comes later must not lose an answer of the wrong contract.
        gateway.Emulator.Options.Contracts = CreateContracts.FileUrl;
        Assert.Equal(HttpStatusCode.Created,
            (await client.UploadAsync(Forms.Of(Audio, title: _title, fields: ("customerName", "Ann")))).Response.StatusCode);
        Assert.Equal("file-url", Made()[^1].Contract);
    }

    [Fact]
    public async Task What_siro_does_silently_is_said()
    {
        using var client = gateway.CreateClient();

        var (_, body) = await client.UploadAsync(Forms.Of(
            Audio, title: _title,
            fields: [("crmObjects", """[{"objectType":"Opportunity","objectId":"never-synced"}]"""), ("integrationConnectionId", "i1"),
                ("customerName", "Ann")]));

        Assert.Equal(
            ["crm_objects_unverified", "customer_ignored"], body.GetProperty("warnings").EnumerateArray().Select(w => w.Text("code")));
    }

    [Fact]
    public async Task Without_the_store_nothing_is_promised()
    {
        using var client = gateway.CreateClient();
        await gateway.Store.KillAsync();
        try
        {
            var (response, body) = await client.UploadAsync(Forms.Of(Audio, title: _title));

            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.Equal("store_unavailable", body.Text("code"));
            Assert.NotNull(response.Headers.RetryAfter);
            Assert.Equal(0, gateway.Spooled);
        }
        finally
        {
            await gateway.Store.RestartAsync();
        }

        await Until.TrueAsync(async () => (await client.UploadAsync(
            Forms.Of(Audio, title: _title))).Response.StatusCode == HttpStatusCode.Created, "uploads go on when the store is back");
        Assert.Single(Made());
    }

    private static bool Same(JsonElement match, string what) => match.GetProperty("same").EnumerateArray().Any(s => s.GetString() == what);

    private IReadOnlyList<Recording> Made() => [.. gateway.Emulator.State.Recordings.All.Where(r => r.Title == _title)];
}
