using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using Siro.Emulator.Faults;
using Siro.Emulator.Hosting;
using Siro.Emulator.Organizations;

namespace Siro.Emulator.Webhooks;

/// <summary>An event on its way to one or more endpoints. The id stays the same in every attempt.</summary>
public sealed record WebhookMessage(string Id, string OrganizationId, string EventType, byte[] Body)
{
    public static string NewId()
    {
        const string letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        return "msg_" + RandomNumberGenerator.GetString(letters, 27);
    }
}

/// <param name="Status">0 when no answer came.</param>
/// <param name="Number">From 1.</param>
public sealed record WebhookAttempt(
    string MessageId, string EventType, Uri Url, int Number, DateTimeOffset At, int Status, double Milliseconds, string? Error);

/// <summary>Sends events the way Svix does: signed, at least once, with its retry schedule.</summary>
public sealed class WebhookSender : IDisposable
{
    /// <summary>Waits before the attempts after the first.</summary>
    public static readonly IReadOnlyList<TimeSpan> RetrySchedule =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2),
        TimeSpan.FromHours(5), TimeSpan.FromHours(10), TimeSpan.FromHours(10),
    ];

    private const int Kept = 500_000;
    private const int AtATime = 256;
    private readonly SemaphoreSlim _slots = new(AtATime);
    private readonly HttpClient _client =
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly EmulatorOptions _options;
    private readonly FaultPlan _faults;
    private readonly Background _background;
    private readonly Random _chance;
    private readonly Lock _chanceGate = new();
    private readonly ConcurrentQueue<WebhookAttempt> _attempts = new();
    private readonly ConcurrentQueue<WebhookMessage> _lost = new();
    private int _pending;

    internal WebhookSender(EmulatorOptions options, FaultPlan faults, Background background)
    {
        _options = options;
        _faults = faults;
        _background = background;
        _chance = new Random(options.Seed + 7);
    }

    /// <summary>Every attempt so far, oldest first.</summary>
    public IReadOnlyList<WebhookAttempt> Attempts => [.. _attempts];

    /// <summary>Events lost on purpose.</summary>
    public IReadOnlyList<WebhookMessage> Lost => [.. _lost];

    /// <summary>Deliveries not yet acknowledged nor given up.</summary>
    public int Pending => Volatile.Read(ref _pending);

    /// <summary>Sends an event to the organization's endpoints in the background, with retries.</summary>
    public WebhookMessage Emit(Organization organization, string eventType, object payload, string? id = null)
    {
        var body = payload as byte[] ?? JsonSerializer.SerializeToUtf8Bytes(payload, Answer.Json);
        var message = new WebhookMessage(id ?? WebhookMessage.NewId(), organization.Id, eventType, body);
        var fault = _faults.Strike("webhooks", "POST", eventType);
        if (fault is { Drop: true } || Lose())
        {
            _lost.Enqueue(message);
            return message;
        }

        foreach (var endpoint in organization.Webhooks.All)
        {
            if (endpoint.EventTypes.Count > 0 && !endpoint.EventTypes.Contains(eventType, StringComparer.Ordinal))
            {
                continue;
            }

            for (var copy = 0; copy < (fault is { Duplicate: true } ? 2 : 1); copy++)
            {
                Interlocked.Increment(ref _pending);
                _background.Run(stop => DeliverAsync(endpoint, message, fault?.Stall, stop));
            }
        }

        return message;
    }

    /// <summary>Sends many events at speed, each with its retries, and comes back when every one is acknowledged or given up.</summary>
    /// <returns>The ids that the endpoint acknowledged.</returns>
    public async Task<IReadOnlyCollection<string>> SendManyAsync(
        WebhookEndpoint endpoint, IEnumerable<WebhookMessage> messages, int parallel, CancellationToken cancel)
    {
        var acknowledged = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(
            messages, new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancel }, async (message, stop) =>
        {
            Interlocked.Increment(ref _pending);
            if (await DeliverAsync(endpoint, message, null, stop))
            {
                acknowledged.Add(message.Id);
            }
        });
        return acknowledged;
    }

    /// <summary>One signed attempt, without retries; the caller may bend the request first.</summary>
    public async Task<HttpResponseMessage> SendOnceAsync(WebhookEndpoint endpoint, WebhookMessage message, CancellationToken cancel,
        DateTimeOffset? at = null, Action<HttpRequestMessage>? bend = null)
    {
        using var request = Request(endpoint, message, at ?? _options.Time.GetUtcNow());
        bend?.Invoke(request);
        return await _client.SendAsync(request, cancel);
    }

    public void Dispose()
    {
        _client.Dispose();
        _slots.Dispose();
    }

    private static HttpRequestMessage Request(WebhookEndpoint endpoint, WebhookMessage message, DateTimeOffset at)
    {
        var timestamp = at.ToUnixTimeSeconds();
        var request = new HttpRequestMessage(HttpMethod.Post, endpoint.Url) { Content = new ByteArrayContent(message.Body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("svix-id", message.Id);
        request.Headers.Add("svix-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("svix-signature", SvixSignature.Sign(message.Id, timestamp, message.Body, [.. endpoint.Secrets]));
        request.Headers.UserAgent.ParseAdd("Svix-Webhooks/1.84");
        return request;
    }

    private async Task<bool> DeliverAsync(WebhookEndpoint endpoint, WebhookMessage message, TimeSpan? stall, CancellationToken stop)
    {
        try
        {
            if (stall is { } wait)
            {
                await Task.Delay(wait, _options.Time, stop);
            }

            for (var number = 1; ; number++)
            {
                await _slots.WaitAsync(stop);
                try
                {
                    if (await AttemptAsync(endpoint, message, number, stop))
                    {
                        return true;
                    }
                }
                finally
                {
                    _slots.Release();
                }

                if (number > RetrySchedule.Count)
                {
                    return false;
                }

                await Task.Delay(RetrySchedule[number - 1] * _options.WebhookRetryScale, _options.Time, stop);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _pending);
        }
    }

    private async Task<bool> AttemptAsync(WebhookEndpoint endpoint, WebhookMessage message, int number, CancellationToken stop)
    {
        var at = _options.Time.GetUtcNow();
        var started = Stopwatch.GetTimestamp();
        var status = 0;
        string? error = null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(_options.WebhookTimeout);
        try
        {
            using var request = Request(endpoint, message, at);
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            status = (int)response.StatusCode;
        }
        catch (Exception failure) when (failure is HttpRequestException or SocketException)
        {
            error = failure.Message;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            error = "timeout";
        }

        _attempts.Enqueue(new WebhookAttempt(message.Id, message.EventType, endpoint.Url, number, at, status,
            Stopwatch.GetElapsedTime(started).TotalMilliseconds, error));
        while (_attempts.Count > Kept)
        {
            _attempts.TryDequeue(out _);
        }

        return status is >= 200 and < 300;
    }

    private bool Lose()
    {
        if (_options.WebhookLoss <= 0)
        {
            return false;
        }

        lock (_chanceGate)
        {
            return _chance.NextDouble() < _options.WebhookLoss;
        }
    }
}
