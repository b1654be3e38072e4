using System.Net;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Siro.Gateway.Client.Http;

namespace Siro.Gateway.Client.Uploads;

/// <summary>Uploads: <c>/v1/uploads</c>.</summary>
public sealed class UploadsClient
{
    private const string Path = "/v1/uploads";
    private readonly GatewayTransport _transport;

    internal UploadsClient(GatewayTransport transport) => _transport = transport;

    /// <summary>A key for <see cref="UploadOptions.IdempotencyKey"/> that nobody else has.</summary>
    public static string NewIdempotencyKey() => "up-" + Convert.ToHexString(RandomNumberGenerator.GetBytes(16));

    /// <summary>
    /// Uploads a recording: MP3, AAC or WAV, at most 100,000,000 bytes. A broken connection, 429 and 503 are tried again under the same
    /// idempotency key, from the stream's beginning, so that at most one recording is made. A cancelled or failed upload leaves nothing
    /// half-done: send it again with the same key.
    /// </summary>
    /// <param name="audio">A stream that can seek, from its current position to its end. It stays open.</param>
    /// <param name="fileName">The name shown to people; its ending may be absent but not contradict the bytes.</param>
    /// <exception cref="SiroGatewayException">
    /// For example <c>not_audio</c>, <c>file_too_large</c>, <c>invalid_metadata</c> (each field in
    /// <see cref="SiroGatewayException.Errors"/>),
    /// <c>upload_uncertain</c> (Siro may have made the recording: see <see cref="UploadView.LikelyMatches"/>).
    /// </exception>
    public async Task<UploadResult> UploadAsync(
        Stream audio,
        string fileName,
        UploadMetadata metadata,
        UploadOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(audio);
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentException.ThrowIfNullOrEmpty(fileName);
        if (!audio.CanSeek)
        {
            throw new ArgumentException(
                "must be able to seek, so that a broken upload can be sent again; copy it to a file first", nameof(audio));
        }

        options ??= new UploadOptions();
        var key = options.IdempotencyKey ?? NewIdempotencyKey();
        var start = audio.Position;
        using var response = await _transport.SendAsync(() => Request(), repeatable: true, cancellationToken).ConfigureAwait(false);
        var result = await GatewayTransport.ReadAsync(response, GatewayJson.Default.UploadResult, cancellationToken).ConfigureAwait(false);
        return result with { IsReplayed = response.Headers.TryGetValues("Idempotency-Replayed", out _), IdempotencyKey = key };

        HttpRequestMessage Request()
        {
            audio.Position = start;
            var request = new HttpRequestMessage(HttpMethod.Post, Path) 
            {
                Content = UploadForm.Make(audio, fileName, metadata, options.Progress),
            };
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
            if (options.RespondAsync)
            {
                request.Headers.TryAddWithoutValidation("Prefer", "respond-async");
            }

            return request;
        }
    }

    /// <summary>Uploads a file. See <see cref="UploadAsync(Stream, string, UploadMetadata, UploadOptions?, CancellationToken)"/>.</summary>
    public async Task<UploadResult> UploadFileAsync(
        string path, UploadMetadata metadata, UploadOptions? options = null, CancellationToken cancellationToken = default)
    {
        var audio = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.Asynchronous | FileOptions.SequentialScan);
        await using (audio.ConfigureAwait(false))
        {
            return await UploadAsync(audio, System.IO.Path.GetFileName(path), metadata, options, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The client's uploads, newest first; the organization's with <c>admin</c>.</summary>
    public IAsyncEnumerable<UploadView> ListAsync(
        string? status = null, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        _transport.ListAsync(
            Paths.Query(Path, ("status", status), ("idempotencyKey", idempotencyKey), ("limit", "100")),
            GatewayJson.Default.SiroPageUploadView,
            cancellationToken);

    /// <summary>One upload; <c>upload_not_found</c> where there is none of the caller's.</summary>
    public Task<UploadView> GetAsync(string id, CancellationToken cancellationToken = default) =>
        _transport.SendAsync(
            HttpMethod.Get,
            $"{Path}/{Paths.Segment(id, nameof(id))}",
            GatewayJson.Default.UploadView,
            null,
            repeatable: true,
            cancellationToken);

    /// <summary>
    /// Goes on with a stopped upload, or creates an uncertain one again; <c>not_retryable</c> where its state does not allow it.
    /// </summary>
    public Task<UploadView> RetryAsync(string id, CancellationToken cancellationToken = default) =>
        _transport.SendAsync(
            HttpMethod.Post,
            $"{Path}/{Paths.Segment(id, nameof(id))}/retry",
            GatewayJson.Default.UploadView,
            null,
            repeatable: false,
            cancellationToken);

    /// <summary>The upload at each change until it ends (server-sent events). A broken stream is opened again.</summary>
    public async IAsyncEnumerable<UploadView> FollowAsync(string id, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var path = $"{Path}/{Paths.Segment(id, nameof(id))}/progress";
        for (var broken = 0; ; broken++)
        {
            var ended = false;
            using var response = await _transport.SendAsync(
                () => new HttpRequestMessage(HttpMethod.Get, path), repeatable: true, cancellationToken).ConfigureAwait(false);
            var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            var events = SseParser.Create(body).EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
            await using (events.ConfigureAwait(false))
            {
                while (await MoveNextAsync(events, cancellationToken).ConfigureAwait(false))
                {
                    broken = 0;
                    ended = events.Current.EventType == "end";
                    yield return JsonSerializer.Deserialize(events.Current.Data, GatewayJson.Default.UploadView)
                        ?? throw new JsonException("The gateway sent an empty event.");
                }
            }

            if (ended)
            {
                yield break;
            }

            await Task.Delay(_transport.Backoff(broken + 1), _transport.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<SseItem<string>> events, CancellationToken cancellationToken)
    {
        try
        {
            return await events.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException && !cancellationToken.IsCancellationRequested)
        {
            // The replica was replaced or the connection broke: the caller opens the stream again and gets the state as it is then.
            return false;
        }
    }
}
