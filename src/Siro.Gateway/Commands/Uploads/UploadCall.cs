using System.Net;
using System.Text;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Commands.Uploads;

/// <summary>One upload through a gateway: with an idempotency key, so that it can be sent again when the connection breaks.</summary>
internal sealed class UploadCall(
    Uri gateway, Secret apiKey, FileInfo file, IReadOnlyList<(string Field, string Value)> fields, string? actAs, string key, bool noWait,
    TimeProvider time)
{
    private const int Attempts = 4;

    /// <summary>What is sent.</summary>
    public FileInfo File => file;

    /// <summary>
    /// Sends it and answers with the gateway's JSON. Throws <see cref="CommandFailure"/>: 1 for the file, 2 for a refusal, 3 when the
    /// gateway or Siro is away or in doubt.
    /// </summary>
    public async Task<JsonElement> RunAsync(Action<long> progress, CancellationToken cancellationToken)
    {
        if (!file.Exists)
        {
            throw new CommandFailure(
                1, Directory.Exists(file.FullName) ? $"{file.FullName} is a directory." : $"There is no file {file.FullName}.");
        }

        foreach (var (name, value) in new[] { ("The API key", apiKey.Reveal()), ("--idempotency-key", key), ("--act-as", actAs ?? "") })
        {
            if (!value.All(c => c is >= ' ' and <= '~'))
            {
                throw new CommandFailure(1, $"{name} must be one line of ASCII characters: it is sent as a header.");
            }
        }

        using var client =
            new HttpClient(HttpSockets.Create(static handler =>
            {
                // A company's proxy may stand between an operator's machine and the gateway.
                handler.UseProxy = true;
                handler.Expect100ContinueTimeout = TimeSpan.FromSeconds(2);
            })) { Timeout = Timeout.InfiniteTimeSpan };
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var request = Request(progress);
                using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
                if (response.IsSuccessStatusCode)
                {
                    var answer = await ReadAsync(response, cancellationToken);
                    return Member(answer, "id") is not null ? answer : throw NoGateway(response, "no upload");
                }

                if (response.StatusCode is not (
                    HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests or HttpStatusCode.Conflict) || attempt == Attempts)
                {
                    throw Refused(response.StatusCode, await ReadAsync(response, cancellationToken));
                }

                await Task.Delay(Common.RetryAfter.Of(response, time) ?? TimeSpan.FromSeconds(attempt), time, cancellationToken);
            }
            catch (Exception e) when (e is HttpRequestException or IOException && attempt < Attempts)
            {
                await Task.Delay(TimeSpan.FromSeconds(attempt), time, cancellationToken);
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                throw new CommandFailure(3,
                    $"The gateway at {gateway} can't be reached: {e.GetBaseException().Message.TrimEnd('.')}. Repeat with "
                    + $"--idempotency-key {key} and it is never made twice.");
            }
        }
    }

    private HttpRequestMessage Request(Action<long> progress)
    {
        // The fields stand in front of the file: the gateway can check them first and send the file on while it arrives.
        var form = new MultipartFormDataContent();
        foreach (var (field, value) in fields)
        {
            form.Add(new StringContent(value, Encoding.UTF8), field);
        }

        form.Add(new StreamContent(new ReportingStream(Open(), progress), 128 * 1024), "file", file.Name);
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway, "v1/uploads")) { Content = form };
        request.Headers.Add("X-Api-Key", apiKey.Reveal());
        request.Headers.Add("Idempotency-Key", key);
        request.Headers.ExpectContinue = true;
        if (actAs is not null)
        {
            request.Headers.TryAddWithoutValidation("Siro-User", actAs);
        }

        if (noWait)
        {
            request.Headers.Add("Prefer", "respond-async");
        }

        return request;
    }

    private FileStream Open()
    {
        try
        {
            return file.OpenRead();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(1, $"{file.FullName} can't be read: {e.Message}");
        }
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw NoGateway(response, "no JSON");
        }
    }

    private static CommandFailure NoGateway(HttpResponseMessage response, string lacks) =>
        new(3, $"What answers there is no gateway (status {(int)response.StatusCode}, {lacks}).");

    private CommandFailure Refused(HttpStatusCode status, JsonElement problem)
    {
        var text = new StringBuilder();
        text.Append(Member(problem, "detail") ?? $"The gateway refused it (status {(int)status}).").Append(" [")
            .Append(Member(problem, "code") ?? "unknown").Append(']');
        foreach (var list in new[] { "errors", "issues" })
        {
            if (problem.ValueKind is JsonValueKind.Object && problem.TryGetProperty(list, out var items)
                && items.ValueKind is JsonValueKind.Array)
            {
                foreach (var item in items.EnumerateArray())
                {
                    text.Append("\n  ").Append(Member(item, "field") ?? item.ToString()).Append(' ').Append(Member(item, "message"));
                }
            }
        }

        if (Member(problem, "uploadId") is { } upload)
        {
            text.Append("\n  upload ").Append(upload).Append(", idempotency key ").Append(key);
        }

        return new CommandFailure((int)status >= 500 ? 3 : 2, text.ToString());
    }

    private static string? Member(JsonElement element, string name) =>
        element.ValueKind is JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String
            ? value.GetString()
            : null;

    /// <summary>Tells how much was read: what the connection takes.</summary>
    private sealed class ReportingStream(Stream inner, Action<long> progress) : ReadingStream
    {
        public override bool CanSeek => inner.CanSeek;

        public override long Length => inner.Length;

        public override long Position
        {
            get => inner.Position;
            set => inner.Position = value;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            progress(inner.Position);
            return read;
        }

        public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
