using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Siro.Gateway.Client.Http;

namespace Siro.Gateway.Client.Sync;

/// <summary>
/// CRM sync: <c>/v1/sync</c>. Items go out and results come in as streams of lines, so that memory does not grow with their number.
/// Sending items again is safe:
/// Siro updates by <c>externalId</c>.
/// </summary>
public sealed class SyncClient
{
    private readonly GatewayTransport _transport;

    internal SyncClient(GatewayTransport transport) => _transport = transport;

    /// <summary>Syncs engagements; one result per item, in their order.</summary>
    /// <param name="dryRun">Only checks; nothing reaches Siro.</param>
    public IAsyncEnumerable<SyncResult> EngagementsAsync(
        IAsyncEnumerable<JsonElement> items, bool dryRun = false, CancellationToken cancellationToken = default) =>
        SyncAsync("/v1/sync/engagements", items, GatewayJson.Default.JsonElement, dryRun, cancellationToken);

    /// <summary>
    /// Syncs engagements of a type of the caller's own; <paramref name="type"/> comes from a <c>JsonSerializerContext</c>.
    /// </summary>
    public IAsyncEnumerable<SyncResult> EngagementsAsync<T>(
        IAsyncEnumerable<T> items, JsonTypeInfo<T> type, bool dryRun = false, CancellationToken cancellationToken = default) =>
        SyncAsync("/v1/sync/engagements", items, type, dryRun, cancellationToken);

    /// <summary>Syncs opportunities; one result per item, in their order.</summary>
    /// <param name="dryRun">Only checks; nothing reaches Siro.</param>
    public IAsyncEnumerable<SyncResult> OpportunitiesAsync(
        IAsyncEnumerable<JsonElement> items, bool dryRun = false, CancellationToken cancellationToken = default) =>
        SyncAsync("/v1/sync/opportunities", items, GatewayJson.Default.JsonElement, dryRun, cancellationToken);

    /// <summary>
    /// Syncs opportunities of a type of the caller's own; <paramref name="type"/> comes from a <c>JsonSerializerContext</c>.
    /// </summary>
    public IAsyncEnumerable<SyncResult> OpportunitiesAsync<T>(
        IAsyncEnumerable<T> items, JsonTypeInfo<T> type, bool dryRun = false, CancellationToken cancellationToken = default) =>
        SyncAsync("/v1/sync/opportunities", items, type, dryRun, cancellationToken);

    private async IAsyncEnumerable<SyncResult> SyncAsync<T>(
        string path,
        IAsyncEnumerable<T> items,
        JsonTypeInfo<T> type,
        bool dryRun,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(items);
        using var lines = new LinesContent<T>(items, type, cancellationToken);

        // Never repeated: the items are a sequence that can be read once.
        using var response = await _transport.SendAsync(
            () =>
            {
                var query = Paths.Query(path, ("dryRun", dryRun ? "true" : null));
                var request = new HttpRequestMessage(HttpMethod.Put, query) { Content = lines };
                request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/x-ndjson"));
                return request;
            },
            repeatable: false,
            cancellationToken).ConfigureAwait(false);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
        while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            if (line.Length > 0)
            {
                yield return JsonSerializer.Deserialize(line, GatewayJson.Default.SyncResult)
                    ?? throw new JsonException("The gateway answered with an empty line.");
            }
        }
    }

    private sealed class LinesContent<T> : HttpContent, IReusableContent
    {
        private readonly IAsyncEnumerable<T> _items;
        private readonly JsonTypeInfo<T> _type;
        private readonly CancellationToken _cancellation;

        public LinesContent(IAsyncEnumerable<T> items, JsonTypeInfo<T> type, CancellationToken cancellation)
        {
            (_items, _type, _cancellation) = (items, type, cancellation);
            Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await foreach (var item in _items.WithCancellation(_cancellation).ConfigureAwait(false))
            {
                await JsonSerializer.SerializeAsync(stream, item, _type, _cancellation).ConfigureAwait(false);
                await stream.WriteAsync("\n"u8.ToArray(), _cancellation).ConfigureAwait(false);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

/// <summary>What became of one item.</summary>
public sealed record SyncResult
{
    /// <summary>The item's id in the CRM.</summary>
    public string? ExternalId { get; init; }

    /// <summary><c>synced</c>, <c>rejected</c> (see <see cref="Issues"/>) or <c>retryable</c> (send it again later).</summary>
    public required string Status { get; init; }

    /// <summary>Why it was not synced.</summary>
    public IReadOnlyList<SyncIssue> Issues { get; init; } = [];

    /// <summary>It was only checked.</summary>
    public bool? DryRun { get; init; }
}

/// <summary>One thing wrong with an item.</summary>
/// <param name="Code">Stable.</param>
/// <param name="Path">Where, as names and indexes.</param>
/// <param name="Message">The same for people.</param>
public sealed record SyncIssue(string Code, IReadOnlyList<JsonElement> Path, string Message);
