using System.Collections.Concurrent;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;

namespace Siro.Gateway.Events;

/// <summary>
/// Fetches what an enriched event carries of its recording: one request through the Siro client, with the organization's token.
/// </summary>
internal sealed partial class RecordingEnricher(SiroClient siro, TimeProvider time, ILogger<RecordingEnricher> logger)
{
    /// <summary>The longest that one answer is waited for.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private const int MostBytes = 2 * 1024 * 1024;
    private readonly ConcurrentDictionary<OrganizationKey, long> _silent = new();

    /// <summary>True when an answer was waited for in vain a moment ago.</summary>
    public bool IsSilent(OrganizationKey organization) =>
        _silent.TryGetValue(organization, out var since) && time.GetElapsedTime(since) < LongestWait;

    /// <summary>
    /// The recording as Siro's <c>external</c> host gives it, or an undefined element when it did not answer with one within
    /// <paramref name="deadline"/>.
    /// </summary>
    public async Task<JsonElement> FetchAsync(
        OrganizationKey organization, string recordingId, IReadOnlyList<string> wanted, TimeSpan deadline,
        CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(deadline);
        var request = new SiroRequest
        {
            Organization = organization,
            Host = SiroHost.External,
            Client = ClientName.Gateway,
            Priority = Priority.Background,
            Operation = "GET /v1/core/recordings/{id}",
            Idempotent = true,
            MaxWait = deadline / 2,
        };
        try
        {
            var query =
                string.Join('&',
                wanted.Select(
                w => w switch { "summary" => "showSummary=true", "crm" => "showCrmLinks=true", _ => "showEntityExtractions=true" }));
            using var response = await siro.SendAsync(
                request, HttpMethod.Get, $"v1/core/recordings/{Uri.EscapeDataString(recordingId)}?{query}", null, timeout.Token);
            if (!response.IsSuccessStatusCode)
            {
                Log.NotFetched(logger, recordingId, ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture));
                return default;
            }

            using var document = await SiroAnswer.ReadJsonAsync(response, MostBytes, timeout.Token);
            _silent.TryRemove(organization, out _);
            var answer = document?.RootElement ?? default;

            // The OpenAPI has the recording itself, the guides wrap it.
            var recording = Payload.Member(answer, "data") is { ValueKind: JsonValueKind.Object } data ? data : answer;
            return recording.ValueKind == JsonValueKind.Object ? recording.Clone() : default;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            _silent[organization] = time.GetTimestamp();
            Log.NotFetched(logger, recordingId, "timeout");
            return default;
        }
        catch (Exception e) when (e is ProblemException or HttpRequestException or IOException or StoreUnavailableException)
        {
            Log.NotFetched(logger, recordingId, e is ProblemException problem ? problem.Problem.Code : e.GetType().Name);
            return default;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2040, LogLevel.Warning, "Recording {RecordingId} could not be fetched for its event: {Reason}")]
        public static partial void NotFetched(ILogger logger, string recordingId, string reason);
    }
}
