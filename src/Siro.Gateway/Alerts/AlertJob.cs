using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Events;
using Siro.Gateway.Jobs;
using Siro.Gateway.Outbound;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Alerts;

/// <summary>
/// Tells of one level of one episode: the event in the organization's log (in every organization's, where it concerns all), the log line,
/// the metric, and the operators' webhook. A webhook that fails is tried a few times more and then told of in the log: it holds up nothing
/// else.
/// </summary>
internal sealed partial class AlertJob(
    EventIntake events, OutboundClient outbound, ISettings<AlertsOptions> settings, ISettings<SiroOptions> siro, AlertMetrics metrics,
    TimeProvider time,
    ILogger<AlertJob> logger)
    : IJobHandler<AlertData>
{
    private const string Pending = "pending";
    private const string Announced = "announced";
    private const string Told = "told";
    private const string Unsent = "unsent";

    /// <summary>The partition is the scope: an organization, or all.</summary>
    public static readonly Job<AlertData> Declaration = new(
        "alert", new JobStates(Pending, Active: [Announced], Stopped: [Unsent, "failed"], Done: [Told]), AlertJson.Default.AlertData)
    {
        Worker = _ => new JobWorkerOptions { Concurrency = 4 },
        Retries = new RetrySchedule(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10)),
    };

    public async Task<JobOutcome> RunAsync(JobClaim<AlertData> claim, CancellationToken cancellationToken)
    {
        var alert = AlertNotice.Of(claim.Partition, claim.Data);
        if (claim.State == Pending)
        {
            await AnnounceAsync(alert, cancellationToken);
            if (await claim.SaveAsync(Announced, null, cancellationToken) == JobWrite.LeaseLost)
            {
                return JobOutcome.Settled;
            }

            metrics.Told(alert.Type);
            Log.Told(logger, alert.Type, alert.Organization ?? "all", alert.Subject, alert.Level, alert.Text);
        }

        var webhook = settings.Current.Webhook;
        if (webhook.Url is not { IsEmpty: false } url)
        {
            return claim.Done(Told);
        }

        if (await SendAsync(webhook, url, alert, cancellationToken) is not { } failure)
        {
            return claim.Done(Told);
        }

        var failures = claim.Data.Tried + 1;
        var outcome = claim.RetryOrFail(failures, Announced, Unsent, claim.Data with { Tried = failures });
        if (outcome.Kind == JobOutcomeKind.Failed)
        {
            metrics.WebhookFailed();
            Log.NotSent(logger, alert.Type, alert.Subject, failures, failure);
        }
        else
        {
            Log.TriedAgain(logger, alert.Type, alert.Subject, failure);
        }

        return outcome;
    }

    /// <summary>The event's id is that of the episode and its level: made again, it is the same event.</summary>
    private async Task AnnounceAsync(AlertNotice alert, CancellationToken cancellationToken)
    {
        foreach (var organization in alert.Organization is { } one ? [one] : siro.Current.Organizations.Keys.ToArray())
        {
            await events.NoticeAsync(
                new OrganizationKey(organization), DerivedEvent.Notice(alert.Id, alert.Type, alert.Write), cancellationToken);
        }
    }

    /// <summary>Why it failed; null when it was taken.</summary>
    private async Task<string?> SendAsync(AlertWebhookOptions webhook, Secret url, AlertNotice alert, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(webhook.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        var body = alert.Body(webhook.Format);
        using var request = new HttpRequestMessage(HttpMethod.Post, url.Reveal()) { Content = new ByteArrayContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        request.Headers.TryAddWithoutValidation("User-Agent", "Siro.Gateway");
        if (webhook.Secret is { IsEmpty: false } secret)
        {
            var at = time.GetUtcNow().ToUnixTimeSeconds();
            var signature = WebhookSignature.Sign(WebhookSignature.Keys([secret]), alert.Id, at, body);
            new SignatureHeaders(alert.Id, at.ToString(CultureInfo.InvariantCulture), signature).Write(request.Headers);
        }

        try
        {
            using var response = await outbound.SendAsync(request, webhook.Rules, either.Token);
            return response.IsSuccessStatusCode ? null : $"it answered {(int)response.StatusCode}";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "it did not answer in time";
        }
        catch (AddressForbiddenException)
        {
            return "its address is not allowed (Alerts:Webhook:AllowedNetworks)";
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return "it can't be reached";
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2803, LogLevel.Warning, "Alert {Type} of {Organization}, {Subject}, level {Level}: {Text}")]
        public static partial void Told(ILogger logger, string type, string organization, string subject, int level, string text);

        [LoggerMessage(2804, LogLevel.Warning, "The alert webhook did not accept {Type} for {Subject}; trying again: {Reason}")]
        public static partial void TriedAgain(ILogger logger, string type, string subject, string reason);

        [LoggerMessage(2805, LogLevel.Error,
            "The alert webhook did not accept {Type} for {Subject} in {Attempts} attempts, so the gateway gave up: {Reason}. Check "
            + "Alerts:Webhook")]
        public static partial void NotSent(ILogger logger, string type, string subject, int attempts, string reason);
    }
}

/// <summary>One level of one episode.</summary>
internal sealed record AlertData
{
    /// <summary>The word for its beginning (<see cref="AlertKind.Firing"/>).</summary>
    public string Kind { get; init; } = "";

    public string Subject { get; init; } = "";

    public string Episode { get; init; } = "";

    /// <summary>0: it is over.</summary>
    public int Level { get; init; }

    [JsonConverter(typeof(IsoMomentConverter))]
    public DateTimeOffset? Since { get; init; }

    public string Detail { get; init; } = "";

    /// <summary>How often the webhook did not take it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Tried { get; init; }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(AlertData))]
internal sealed partial class AlertJson : JsonSerializerContext;
