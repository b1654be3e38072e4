using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Siro.Emulator.Hosting;
using Siro.Emulator.Recordings;
using Siro.Emulator.Webhooks;

namespace Siro.Gateway.IntegrationTests.Emulator;

public sealed class UploadContractTests : EmulatorTest
{
    private static readonly byte[] Audio = File.ReadAllBytes(Asset("call.mp3"));

    [Fact]
    public async Task Bytes_are_kept_as_they_were_sent()
    {
        var url = await Call.Store(await Call.Mint("write"), Audio);
        var stored = Assert.Single(Siro.Objects.All);
        Assert.Equal(Audio, stored.ReadAllBytes());
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Audio)), stored.Sha256);
        using var http = new HttpClient();
        Assert.Equal(Audio, await http.GetByteArrayAsync(url, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Storage_wants_exactly_what_was_signed()
    {
        var token = await Call.Mint("write");
        var signed = await Call.SignedUrl(token, "mp3", Audio.Length);
        await Refused(400, "EntityTooLarge", await Call.Put(signed, new ByteArrayContent([.. Audio, 0])));
        await Refused(411, "MissingContentLength",
            await Call.Put(signed, new ByteArrayContent(Audio), r => r.Headers.TransferEncodingChunked = true));
        await Refused(400, "MalformedSecurityHeader",
            await Call.Put(signed, new ByteArrayContent(Audio), r => r.Headers.Remove("x-goog-content-length-range")));
        await Refused(400, "MalformedSecurityHeader",
            await Call.Put(signed, new ByteArrayContent(Audio), r => r.Headers.Add("x-goog-meta-more", "1")));
        await Refused(403, "SignatureDoesNotMatch",
            await Call.Put(signed, new ByteArrayContent(Audio), r => r.Content!.Headers.ContentType!.CharSet = "utf-8"));
        await Refused(403, "SignatureDoesNotMatch", await Call.Put(signed, new ByteArrayContent(Audio), r => r.Method = HttpMethod.Get));
        Siro.Options.SignedUrlLifetime = TimeSpan.Zero;
        await Refused(400, "ExpiredToken", await Call.Put(await Call.SignedUrl(token, "mp3", Audio.Length), new ByteArrayContent(Audio)));
        Assert.Empty(Siro.Objects.All);

        static async Task Refused(int status, string code, HttpResponseMessage answer)
        {
            var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True((int)answer.StatusCode == status && text.Contains($"<Code>{code}</Code>", StringComparison.Ordinal),
                $"{code}: {answer.StatusCode} {text}");
            answer.Dispose();
        }
    }

    [Fact]
    public async Task A_PUT_cut_short_leaves_nothing()
    {
        var signed = await Call.SignedUrl(await Call.Mint("write"), "mp3", Audio.Length);
        var url = new Uri(signed.GetProperty("uploadUrl").GetString()!);
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(url.Host, url.Port, TestContext.Current.CancellationToken);
            var head = $"PUT {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Type: "
                + $"audio/mpeg\r\nx-goog-content-length-range: 0,{Audio.Length}\r\nContent-Length: {Audio.Length}\r\n\r\n";
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head), TestContext.Current.CancellationToken);
            await socket.GetStream().WriteAsync(Audio.AsMemory(0, 1000), TestContext.Current.CancellationToken);
        }

        await Until(() => Siro.Journal.Read(host: SiroHost.Storage).Any(e => e.Aborted));
        Assert.Empty(Siro.Objects.All);
        Assert.Empty(Siro.Objects.Leftovers);
    }

    [Theory]
    [InlineData("""{"fileType":"mp3"}""", "fileSize")]
    [InlineData("""{"fileType":"ogg","fileSize":1}""", "fileType")]
    [InlineData("""{"fileType":"mp3","fileSize":0}""", "fileSize")]
    [InlineData("""{"fileType":"mp3","fileSize":1,"title":"x"}""", "")]
    public async Task A_signed_urls_body_is_strict(string body, string path)
    {
        using var answer = await Call.Platform(HttpMethod.Post, "v1/core/recordings/signed-urls", await Call.Mint("write"), body);
        Assert.Equal(422, (int)answer.StatusCode);
        var json = await EmulatorCaller.Json(answer);
        Assert.Equal("ZodError", json.GetProperty("name").GetString());
        Assert.Equal(path,
            string.Join('.', Assert.Single(json.GetProperty("issues").EnumerateArray().ToArray()).GetProperty("path").EnumerateArray()));
    }

    [Theory]
    [InlineData(CreateContracts.FileUrl, "v1/core/recordings/upload", "fileUrl", "contactName", "recordingId")]
    [InlineData(CreateContracts.DownloadUrl, "v1/core/recordings/upload", "downloadUrl", "customerName", "id")]
    [InlineData(CreateContracts.V2, "v2/core/recordings", "fileUrl", "customerName", "id")]
    public async Task Only_the_served_contract_creates(
        CreateContracts contract, string path, string field, string customer, string answered)
    {
        Siro.Options.Contracts = contract;
        var token = await Call.Mint("write");
        var url = await Call.Store(token, Audio);
        foreach (var other in CreateContract.All.Where(c => c.Kind != contract))
        {
            using var refused = await Call.Platform(HttpMethod.Post, other.Path[1..], token,
                new Dictionary<string, object> { [other.FileField] = url, ["fileType"] = "mp3", ["userId"] = Siro.Default.UserId,
                [other.CustomerName] = "A" });
            Assert.Equal(other.Path[1..] == path ? 422 : 404, (int)refused.StatusCode);
        }

        using var created = await Call.Platform(HttpMethod.Post, path, token,
            new Dictionary<string, object> { [field] = url, ["fileType"] = "mp3", ["userEmail"] = "REP1@example.com", [customer] = "A",
            ["dateCreated"] = "2026-02-15T14:00:00Z" });
        Assert.Equal(201, (int)created.StatusCode);
        var recording = Assert.Single(Siro.State.Recordings.All);
        Assert.Equal(recording.Id, (await EmulatorCaller.Json(created)).GetProperty("data").GetProperty(answered).GetString());
        Assert.Equal((Siro.Default.UserId, "A", new DateTimeOffset(2026, 2, 15, 14, 0, 0, TimeSpan.Zero)),
            (recording.UserId, recording.CustomerName, recording.CreatedAt));
        await Until(() => recording.Processed);
    }

    [Fact]
    public async Task Objects_need_a_connection_the_file_must_exist_and_without_a_rep_nothing_happens()
    {
        var token = await Call.Mint("write");
        var url = await Call.Store(token, Audio);
        const string path = "v1/core/recordings/upload";
        var crmObjects = new[] { new { objectType = "Account", objectId = "a" } };
        Assert.Equal(
            422, (int)(await Call.Platform(HttpMethod.Post, path, token, new { fileUrl = url, fileType = "mp3", crmObjects })).StatusCode);
        Assert.Equal(422,
            (int)(await Call.Platform(
            HttpMethod.Post, path, token, new { fileUrl = url, fileType = "mp3", integrationConnectionId = "c" })).StatusCode);
        Assert.Equal(
            400, (int)(await Call.Platform(HttpMethod.Post, path, token, new { fileUrl = url + "x", fileType = "mp3" })).StatusCode);
        Assert.Equal(201, (int)(await Call.Platform(HttpMethod.Post, path, token, new { fileUrl = url, fileType = "mp3" })).StatusCode);
        Assert.Equal("no rep was given", Assert.Single(Siro.State.Recordings.All).NeverProcessed);
    }

    [Theory]
    [InlineData(WebhookOrder.ProcessedFirst, "processed true false, linked true true")]
    [InlineData(WebhookOrder.LinkedFirst, "linked false true, processed true true")]
    public async Task Both_events_come_signed_in_the_chosen_order(WebhookOrder order, string expected)
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        Siro.Options.WebhookOrder = order;
        Siro.Options.LinkingDelay = TimeSpan.FromMilliseconds(60);
        var secret = Siro.Default.Organization.Webhooks.Add(receiver.Url);
        var engagement = Siro.State.Crm(Siro.Default.Organization)
            .SyncEngagement(JsonSerializer.SerializeToElement(new { externalId = "appt-1", opportunity = new { externalId = "opp-1" } }));
        var token = await Call.Mint("write");
        using var created = await Call.Platform(HttpMethod.Post, "v1/core/recordings/upload", token, new
        {
            fileUrl = await Call.Store(token, Audio),
            fileType = "mp3",
            userId = Siro.Default.UserId,
            integrationConnectionId = Siro.Default.Connection.Id,
            crmObjects = new[] { new { objectType = "Engagement", objectId = "appt-1" },
                new { objectType = "Account", objectId = "unknown" } },
        });
        Assert.Equal(201, (int)created.StatusCode);
        await Until(() => receiver.Received.Count == 2);
        Assert.All(receiver.Received, r => Assert.True(SvixSignature.Verify(secret, r.Id, r.Timestamp, r.Body, r.Signature)));
        var events = receiver.Received.Select(r => JsonDocument.Parse(r.Body).RootElement).ToList();
        Assert.Equal(expected,
            string.Join(", ",
            events.Select(e => $"{e.GetProperty("eventType").GetString()!["integrations.recording".Length..].ToLowerInvariant()} "
            + $"{e.GetProperty("recordingProcessed").GetBoolean()} {e.GetProperty("recordingLinked").GetBoolean()}")), ignoreCase: true);
        Assert.Equal("opp-1", events[1].GetProperty("crm").GetProperty("opportunity").GetProperty("externalId").GetString());
        Assert.Equal(Assert.Single(Siro.State.Recordings.All).Id, engagement.RecordingId);
    }
}
