using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Calls;

/// <summary>Words that the tests of calls share.</summary>
internal static class CallWords
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>75 kB of MP3.</summary>
    public static byte[] Audio { get; } = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "assets", "call.mp3"));

    /// <summary>Posts a call by its URL, again while the store is away (a busy machine's store is, now and then); answers its id.</summary>
    public static async Task<string> PostCallAsync(this HttpClient client, string sourceId, Uri url, object? rep = null)
    {
        string? id = null;
        await Until.TrueAsync(
            async () =>
            {
                using var posted = await client.PostAsJsonAsync(
                    "/v1/calls",
                    new { recordingUrl = url, startedAt = "2026-03-04T15:06:07Z", sourceId, rep = rep ?? new { email = "rep1@example.com" },
                        title = sourceId }, Cancel);
                Assert.Contains(posted.StatusCode, new[] { HttpStatusCode.Accepted, HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable });
                id = posted.IsSuccessStatusCode
                    ? (await posted.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetString()
                    : null;
                return id is not null;
            },
            $"call {sourceId} is taken");
        return id!;
    }

    /// <summary>Waits until the call is in this state, and answers it.</summary>
    public static async Task<JsonElement> CallAsync(this HttpClient client, string id, string status, TimeSpan? within = null)
    {
        JsonElement view = default;
        await Until.TrueAsync(
            async () =>
                (view = await client.GetFromJsonAsync<JsonElement>($"/v1/calls/{id}", Cancel)).GetProperty("status").GetString() == status,
            $"call {id} is {status}",
            within);
        return view;
    }

    public static string? ErrorCode(this JsonElement view) => view.GetProperty("error").GetProperty("code").GetString();

    /// <summary>Every page of a list.</summary>
    public static async Task<List<JsonElement>> AllCallsAsync(this HttpClient client, string query = "")
    {
        var calls = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var page = await client.GetFromJsonAsync<JsonElement>(
                $"/v1/calls?limit=200&{query}" + (cursor is null ? "" : "&cursor=" + cursor), Cancel);
            calls.AddRange(page.GetProperty("data").EnumerateArray());
            cursor = page.GetProperty("cursor").GetString();
        }
        while (cursor is not null);
        return calls;
    }

    /// <summary>The status and code of a refusal.</summary>
    public static async Task<(int Status, string? Code)> RefusalAsync(this Task<HttpResponseMessage> sending)
    {
        using var response = await sending;
        var text = await response.Content.ReadAsStringAsync(Cancel);
        return ((int)response.StatusCode, text.Length > 0
            && JsonSerializer.Deserialize<JsonElement>(text).TryGetProperty("code", out var code) ? code.GetString() : null);
    }

    /// <summary>
    /// A notification for a <c>mapping</c> source whose list <c>calls</c> is signed in <c>X-Signature</c> over timestamp and body.
    /// </summary>
    public static HttpRequestMessage Mapped(string path, string secret, object body, DateTimeOffset? at = null)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body);
        var timestamp = (at ?? TimeProvider.System.GetUtcNow()).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("X-Timestamp", timestamp);
        request.Headers.Add("X-Signature",
            "sha256="
            + Convert.ToHexStringLower(
            HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), (byte[])[.. Encoding.ASCII.GetBytes(timestamp + "."), .. bytes])));
        return request;
    }

    /// <summary>Settings of a <c>mapping</c> source that <see cref="Mapped"/> can notify.</summary>
    public static void MappedSource(this Dictionary<string, string?> settings, string name, string client = "writer")
    {
        var path = $"Calls:Sources:{name}";
        settings[path + ":Type"] = "mapping";
        settings[path + ":Client"] = client;
        settings[path + ":Secret"] = name + "-secret";
        settings[path + ":Signature:Header"] = "X-Signature";
        settings[path + ":Signature:Prefix"] = "sha256=";
        settings[path + ":Signature:SignedString"] = "{timestamp}.{body}";
        settings[path + ":Signature:TimestampHeader"] = "X-Timestamp";
        settings.Mapping(name, ("Items", "/calls"), ("SourceId", "/id"), ("RecordingUrl", "/url"), ("StartedAt", "/at"),
            ("Direction", "/direction"), ("From", "/from"), ("To", "/to"), ("RepEmail", "/rep"), ("CustomerName", "/name"));
    }

    /// <summary>Settings of a source that asks the telephone company's plain list every second.</summary>
    public static void PolledList(this Dictionary<string, string?> settings, string name, string url)
    {
        var path = $"Calls:Sources:{name}";
        settings[path + ":Type"] = "mapping";
        settings[path + ":Client"] = "writer";
        settings[path + ":Poll:Url"] = url + "&since={since}";
        settings[path + ":Poll:Interval"] = "00:00:01";
        settings[path + ":Poll:Next"] = "/next";
        settings[path + ":Poll:CursorParameter"] = "after";
        settings.Mapping(name, ("Items", "/items"), ("SourceId", "/id"), ("RecordingUrl", "/recording_url"), ("StartedAt", "/started_at"),
            ("RepEmail", "/agent/email"), ("CustomerPhone", "/customer/phone"));
    }

    public static void Mapping(this Dictionary<string, string?> settings, string name, params (string Field, string Pointer)[] fields)
    {
        foreach (var (field, pointer) in fields)
        {
            settings[$"Calls:Sources:{name}:Mapping:{field}"] = pointer;
        }
    }
}
