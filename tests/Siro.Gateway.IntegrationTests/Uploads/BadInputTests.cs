using System.Text;
using Siro.Emulator.Hosting;
using Siro.Gateway.IntegrationTests.Infrastructure;
using static Siro.Gateway.IntegrationTests.Uploads.RawCaller;

namespace Siro.Gateway.IntegrationTests.Uploads;

public sealed class BadInputTests(BadInputTests.SmallFixture gateway) : IClassFixture<BadInputTests.SmallFixture>
{
    private const int MaxBytes = 1_000_000;

    private static readonly byte[] Audio = Recordings.Wav(50_000);
    private static readonly byte[] Rep = Part("userEmail", "rep1@example.com");

    public sealed class SmallFixture : UploadsFixture
    {
        protected override async Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            await base.ConfigureAsync(settings);
            settings["Uploads:MaxBytes"] = "1000000";
            settings["Uploads:SpoolBytes"] = "100000000";
        }
    }

    /// <summary>What is sent, what is said of it, and the status and code that it must get.</summary>
    public sealed record Case(string Name, byte[] Body, int Status, string Code)
    {
        public string? ContentType { get; init; }

        public string? Headers { get; init; }

        public long? Declared { get; init; }

        public bool Chunked { get; init; }

        /// <summary>A field that must be among the errors.</summary>
        public string? Field { get; init; }

        public string? Key { get; init; }

        public override string ToString() => Name;
    }

    private static byte[] Form(params byte[][] parts) => [.. parts.SelectMany(p => p), .. End];

    private static byte[] File(byte[] bytes, string name = "call.wav", string? more = null) => Part("file", bytes, name, more);

    private static Case Invalid(string name, string field, params byte[][] parts) =>
        new(name, Form(parts), 422, "invalid_metadata") { Field = field };

    private static readonly Case[] Cases =
    [
        // the multipart itself
        new("no content type", Form(Rep, File(Audio)), 415, "unsupported_media_type") { ContentType = "" },
        new("json in place of a form", "{}"u8.ToArray(), 415, "unsupported_media_type") { ContentType = "application/json" },
        new("a form without files", "a=b"u8.ToArray(), 415, "unsupported_media_type") { ContentType = "application/x-www-form-urlencoded" },
        new("no boundary", Form(Rep, File(Audio)), 400, "invalid_multipart") { ContentType = "multipart/form-data" },
        new("an empty boundary", Form(Rep, File(Audio)), 400, "invalid_multipart") { ContentType = "multipart/form-data; boundary=\"\"" },
        new("a boundary beyond 70 characters", Form(Rep, File(Audio)), 400,
            "invalid_multipart") { ContentType = "multipart/form-data; boundary=" + new string('b', 71) },
        new("another boundary than the body's", Form(Rep, File(Audio)), 400,
            "invalid_multipart") { ContentType = "multipart/form-data; boundary=other" },
        new("an empty body", [], 400, "invalid_multipart"),
        new("an empty body in chunks", [], 400, "invalid_multipart") { Chunked = true },
        new("no parts at all", End, 422, "invalid_metadata") { Field = "file" },
        new("ends in a part's headers", [.. Rep, .. Encoding.ASCII.GetBytes($"--{Boundary}\r\nContent-Disposition: form-data; na")], 400,
            "invalid_multipart"),
        new("ends in the file", [.. Rep, .. File(Audio)[..20_000]], 400, "invalid_multipart"),
        new("no closing boundary", [.. Rep, .. File(Audio)], 400, "invalid_multipart"),
        new("a part without a disposition",
            Form(Rep, [.. Encoding.ASCII.GetBytes($"--{Boundary}\r\nContent-Type: text/plain\r\n\r\nx\r\n")]), 400, "invalid_multipart"),
        new("a part without a name",
            Form(Rep, [.. Encoding.ASCII.GetBytes($"--{Boundary}\r\nContent-Disposition: form-data\r\n\r\nx\r\n")]), 400,
            "invalid_multipart"),
        new("an attachment in place of form data",
            Form(Rep, [.. Encoding.ASCII.GetBytes($"--{Boundary}\r\nContent-Disposition: attachment; name=\"file\"\r\n\r\nx\r\n")]), 400,
            "invalid_multipart"),
        new("a header without a colon",
            Form(Rep, [.. Encoding.ASCII.GetBytes($"--{Boundary}\r\nContent-Disposition form-data\r\n\r\nx\r\n")]), 400,
            "invalid_multipart"),
        new("a bomb of headers", Form(Rep, File(Audio, more: string.Concat(Enumerable.Range(0, 200).Select(i => $"X-{i}: 1\r\n")))), 400,
            "invalid_multipart"),
        new("a header of 100 KB", Form(Rep, File(Audio, more: "X-Big: " + new string('a', 100_000) + "\r\n")), 400, "invalid_multipart"),
        new("a part name of 1 MB", Form(Rep, Part(new string('n', 1_000_000), "x"), File(Audio)), 400, "invalid_multipart"),
        new("a hundred parts", Form([.. Enumerable.Range(0, 100).Select(i => Part("title", "t"))]), 400, "invalid_multipart"),
        new("a preamble of 100 KB", [.. new byte[100_000], .. "\r\n"u8, .. Form(Rep, File(Audio))], 400, "invalid_multipart"),
        new("a field of 1.5 MB", Form(Rep, Part("title", new string('t', 1_500_000)), File(Audio)), 400,
            "invalid_multipart") { Chunked = true },

        new("ends in the closing boundary", [.. Rep, .. File(Audio), .. End[..^4]], 400, "invalid_multipart"),
        new("ends behind a field", [.. Rep, .. Part("title", "t")], 400, "invalid_multipart"),
        new("ends in the file, in chunks", [.. Rep, .. File(Audio)[..20_000]], 400, "invalid_multipart") { Chunked = true },
        new("another boundary for the second part",
            [.. Rep, .. Encoding.ASCII.GetBytes("--other\r\n"), .. File(Audio)[(Boundary.Length + 4)..], .. End], 422,
            "invalid_metadata") { Field = "file" },
        new("a part name of 1 MB, in chunks", Form(Rep, Part(new string('n', 1_000_000), "x"), File(Audio)), 400,
            "invalid_multipart") { Chunked = true },

        // the file
        Invalid("no file", "file", Rep),
        Invalid("two files", "file", Rep, File(Audio), File(Audio)),
        Invalid("an empty file", "file", Rep, File([])),
        Invalid("a file under another name", "recording", Rep, Part("recording", Audio, "call.wav")),
        new("a text", Form(Rep, File("just words, many of them"u8.ToArray(), "call.mp3")), 415, "not_audio"),
        new("ID3 followed by HTML",
            Form(Rep, File([.. "ID3"u8, 4, 0, 0, 0, 0, 0, 10, .. new byte[10], .. "<html>not found</html>"u8], "call.mp3")), 415,
            "not_audio"),
        new("an M4A", Form(Rep, File([0, 0, 0, 32, .. "ftypM4A "u8, .. new byte[1000]], "call.m4a")), 415, "not_audio"),
        new("a zip named .mp3", Form(Rep, File([.. "PK\x03\x04"u8, .. new byte[1000]], "call.mp3")), 415, "not_audio"),
        new("an error page named .wav", Form(Rep, File("<!DOCTYPE html><p>Sorry"u8.ToArray(), "call.wav", "Content-Type: audio/wav\r\n")),
            415, "not_audio"),
        Invalid("a WAV named .mp3", "file", Rep, File(Audio, "call.mp3")),
        Invalid("a WAV declared as MP3", "file", Rep, File(Audio, "call", "Content-Type: audio/mpeg\r\n")),
        Invalid("another fileType than the bytes, before the file", "file", Rep, Part("fileType", "aac"), File(Audio)),
        Invalid("another fileType than the bytes, after the file", "fileType", Rep, File(Audio), Part("fileType", "aac")),
        Invalid("another fileSize, before the file", "file", Rep, Part("fileSize", "49999"), File(Audio)),
        Invalid("another fileSize, after the file", "fileSize", Rep, File(Audio), Part("fileSize", "50001")),
        new("one byte too many", Form(Rep, File(Recordings.Wav(MaxBytes + 1))), 413, "file_too_large"),
        new("one byte too many, in chunks", Form(Rep, File(Recordings.Wav(MaxBytes + 1))), 413, "file_too_large") { Chunked = true },
        new("one byte too many, as announced", Form(Rep, Part("fileSize", "1000001"), File(Audio)), 413, "file_too_large"),
        new("a length beyond any form", [], 413, "file_too_large") { Declared = 2_500_000 },

        // the fields
        Invalid("no rep", "userId", Part("title", "t"), File(Audio)),
        Invalid("a wrong enum", "result", Rep, Part("result", "won"), File(Audio)),
        Invalid("CRM objects without their connection", "integrationConnectionId", Rep,
            Part("crmObjects", """[{"objectType":"Lead","objectId":"1"}]"""), File(Audio)),
        Invalid("a date in the future", "dateCreated", Rep, Part("dateCreated", "2999-01-01T00:00:00Z"), File(Audio)),
        Invalid("an unknown field", "colour", Rep, Part("colour", "blue"), File(Audio)),
        Invalid("an unknown field behind the file", "colour", Rep, File(Audio), Part("colour", "blue")),
        Invalid("a field twice", "title", Rep, Part("title", "a"), Part("title", "b"), File(Audio)),
        Invalid("a name that is not UTF-8", "\uFFFD\uFFFD", Rep,
            [.. Encoding.ASCII.GetBytes($"--{Boundary}\r\nContent-Disposition: form-data; name=\""), 0xFF, 0xFE, .. "\"\r\n\r\nx\r\n"u8],
            File(Audio)),
        Invalid("a value that is not UTF-8", "title", Rep, Part("title", [0xC3, 0x28]), File(Audio)),
        Invalid("a value with line breaks", "title", Rep, Part("title", "a\r\nX-Injected: 1"), File(Audio)),
        Invalid("a field beyond its limit", "title", Rep, Part("title", new string('t', 20_000)), File(Audio)),
        Invalid("metadata that is no JSON", "metadata", Part("metadata", "{userId:1}"), File(Audio)),
        Invalid("metadata nested too deep", "metadata", Part("metadata", new string('[', 5000)), File(Audio)),

        // the headers
        new("a key with spaces", Form(Rep, File(Audio)), 400, "invalid_idempotency_key") { Key = "two words" },
        new("a digest that is none", Form(Rep, File(Audio)), 400, "invalid_digest") { Headers = "Content-Digest: sha-256=:abc:\r\n" },
        new("a digest of other bytes", Form(Rep, File(Audio)), 422,
            "digest_mismatch") { Headers = $"Content-Digest: sha-256=:{Convert.ToBase64String(new byte[32])}:\r\n" },
        new("a part's digest of other bytes",
            Form(Rep, File(Audio, more: $"Content-Digest: sha-256=:{Convert.ToBase64String(new byte[32])}:\r\n")), 422, "digest_mismatch"),
    ];

    public static TheoryData<string> Names => [.. Cases.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Bad_input_gets_a_clear_refusal_and_leaves_nothing_behind(string name)
    {
        var bad = Cases.Single(c => c.Name == name);
        var (since, objects, recordings) = (
            gateway.Emulator.Journal.Last, gateway.Emulator.Objects.Count, gateway.Emulator.State.Recordings.Count);

        await using var caller = await ConnectAsync(gateway.Gateway.Address);
        await caller.SendHeadAsync(bad.Chunked ? null : bad.Declared ?? bad.Body.Length, bad.Key, bad.ContentType, more: bad.Headers);
        await caller.TrySendAsync(bad.Chunked ? Chunked(bad.Body) : bad.Body);
        var (status, body, head) = await caller.AnswerAsync();

        Assert.True(status == bad.Status, $"{status} {body}\n{string.Join('\n', gateway.Gateway.Log.TakeLast(5))}");
        Assert.Equal(bad.Code, body.Text("code"));
        Assert.Contains("Siro-Gateway-Error: " + bad.Code, head, StringComparison.Ordinal);
        if (bad.Field is not null)
        {
            Assert.Contains(bad.Field, body.GetProperty("errors").EnumerateArray().Select(e => e.Text("field")));
        }

        Assert.Empty(gateway.Emulator.Journal.Read(since, SiroHost.Platform, "/v*/core/recordings/upload"));
        Assert.Equal((objects, recordings), (gateway.Emulator.Objects.Count, gateway.Emulator.State.Recordings.Count));
        await Until.TrueAsync(
            () => gateway.Emulator.Objects.Leftovers.Count == 0 && gateway.Spooled == 0, "nothing is left in the spool or at the storage");
        Assert.Empty(Directory.EnumerateFileSystemEntries(gateway.SpoolDirectory));
        using var client = gateway.CreateClient();
        Assert.Equal(0, (await client.GetJsonAsync("/v1/uploads")).GetProperty("data").GetArrayLength());
    }

    [Theory]
    [InlineData(null, 401)]
    [InlineData(GatewaySettings.NobodyKey, 403)]
    [InlineData(GatewaySettings.ReaderKey, 403)]
    public async Task Nobody_uploads_without_the_permission(string? key, int status)
    {
        using var client = gateway.CreateClient(key);

        Assert.Equal(status, (int)(await client.UploadAsync(Forms.Of(Audio))).Response.StatusCode);
        Assert.Equal(0, gateway.Spooled);
    }

    [Fact]
    public void There_are_at_least_sixty_cases_each_with_a_name_of_its_own() =>
        Assert.InRange(Cases.Select(c => c.Name).Distinct(StringComparer.Ordinal).Count(), 60, Cases.Length);

    private static byte[] Chunked(byte[] body) =>
        body.Length == 0 ? "0\r\n\r\n"u8.ToArray() : [.. Encoding.ASCII.GetBytes($"{body.Length:x}\r\n"), .. body, .. "\r\n0\r\n\r\n"u8];
}
