using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Siro.Gateway.Commands.Gateway;
using Siro.Gateway.Common;

namespace Siro.Gateway.Commands.Listen;

/// <summary>Which events are wanted.</summary>
/// <param name="Events">Types; none for all.</param>
/// <param name="Since">From then on; null for from now on.</param>
internal sealed record ListenWish(IReadOnlyList<string> Events, JsonElement? Filter, DateTimeOffset? Since);

/// <summary>
/// A subscription for as long as the command runs: makes it, reads it by long polls and forwards each event in order, one at a time; goes
/// on where it was when the gateway comes back; removes it at the end. What a command that was killed left behind on this machine, the next
/// one removes.
/// </summary>
internal sealed class ListenSession(GatewayApi api, LocalApplication application, ListenReport report, ListenWish wish, TimeProvider time)
{
    private const int PageSize = 20;
    private const int PollSeconds = 20;
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    /// <summary>How long the end waits for a gateway that is away just then.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(8);

    private string? _subscription;
    private string? _cursor;

    /// <summary>
    /// Until it is cancelled. Throws <see cref="CommandFailure"/> when the gateway refuses, or when the subscription could not be removed
    /// at the end.
    /// </summary>
    public async Task RunAsync(Secret secret, CancellationToken cancellationToken)
    {
        var me = await api.GetAsync("v1/me", cancellationToken);
        await RemoveOrphansAsync(cancellationToken);
        CommandFailure? failure = null;
        try
        {
            // Not cancelled half-way: a subscription that is made and not known would stay.
            _subscription = await CreateAsync(CancellationToken.None);
            var past = await BeginAsync(cancellationToken);
            report.Listening(me.Text("organization") ?? "", api.Gateway, application.Url, _subscription, secret, wish.Since, past);
            await LoopAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The way it ends.
        }
        catch (CommandFailure e)
        {
            failure = e;
        }

        if (_subscription is { } subscription)
        {
            var notRemoved = await RemoveAsync(subscription);
            report.Ended(subscription, notRemoved);
            if (notRemoved is not null)
            {
                throw new CommandFailure(ExitCodes.Away,
                    ($"{failure?.Message}\nThe subscription {subscription} is left behind ({notRemoved}). The next 'listen' of this "
                    + $"machine removes it, or DELETE /v1/subscriptions/{subscription}.").TrimStart());
            }
        }

        if (failure is not null)
        {
            throw failure;
        }
    }

    private async Task LoopAsync(CancellationToken cancellationToken)
    {
        long? awaySince = null;
        var pause = ShortestPause;
        while (true)
        {
            try
            {
                var page = await ReadAsync(cancellationToken);
                if (awaySince is { } since)
                {
                    report.Back(time.GetElapsedTime(since), null, null);
                    (awaySince, pause) = (null, ShortestPause);
                }

                await ForwardAsync(page, cancellationToken);
            }
            catch (GatewayAwayException e)
            {
                if (awaySince is null)
                {
                    awaySince = time.GetTimestamp();
                    report.Away(e.Message);
                }

                await Task.Delay(pause, time, cancellationToken);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
            catch (GatewayRefusal e) when (e.Code == "subscription_not_found")
            {
                // A store that was set up anew, or a colleague who tidied up.
                _subscription = await CreateAsync(CancellationToken.None);
                report.Back(awaySince is { } since ? time.GetElapsedTime(since) : TimeSpan.Zero, _subscription, Reached());
                (awaySince, pause) = (null, ShortestPause);
            }
        }
    }

    private Task<JsonElement> ReadAsync(CancellationToken cancellationToken)
    {
        var path = $"v1/subscriptions/{_subscription}/events?limit={PageSize}&wait={PollSeconds}"
            + (_cursor is null ? "" : "&cursor=" + _cursor);
        return api.SendAsync(HttpMethod.Get, path, null, TimeSpan.FromSeconds(PollSeconds + 15), cancellationToken);
    }

    private async Task ForwardAsync(JsonElement page, CancellationToken cancellationToken)
    {
        foreach (var e in page.Items("data"))
        {
            var id = e.Text("id") ?? "";
            var body = e.TryGetProperty("payload", out var payload)
                ? Encoding.UTF8.GetBytes(payload.GetRawText())
                : Convert.FromBase64String(e.Text("payloadBase64") ?? "");
            var answer = await application.SendAsync(id, body, cancellationToken);
            report.Forwarded(id, e.Text("type") ?? "", Iso8601.Parse(e.Text("receivedAt")) ?? time.GetUtcNow(), answer);
            _cursor = e.Text("cursor") ?? _cursor;
        }

        _cursor = page.Text("cursor") ?? _cursor;
    }

    private async Task<string> CreateAsync(CancellationToken cancellationToken)
    {
        var body = new Dictionary<string, object?>(
            StringComparer.Ordinal) { ["pull"] = true, ["description"] = Mark(Environment.ProcessId) };
        if (wish.Events.Count > 0)
        {
            body["events"] = wish.Events;
        }

        if (wish.Filter is { } filter)
        {
            body["filter"] = filter;
        }

        var made = await api.PostAsync("v1/subscriptions", body, cancellationToken);
        return made.Text("id") ?? throw new CommandFailure(ExitCodes.Away, "The gateway's answer holds no subscription id.");
    }

    /// <summary>Goes back to the wished moment; answers how many events follow from there.</summary>
    private async Task<int?> BeginAsync(CancellationToken cancellationToken)
    {
        if (wish.Since is not { } since)
        {
            return null;
        }

        var back = await api.PostAsync($"v1/subscriptions/{_subscription}/replay", new { since }, cancellationToken);
        return back.TryGetProperty("count", out var count) && count.TryGetInt32(out var number) ? number : null;
    }

    /// <summary>The moment of the last event that was looked at: cursors are microseconds since the epoch.</summary>
    private DateTimeOffset? Reached() =>
        long.TryParse(_cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? DateTimeOffset.UnixEpoch.AddTicks(number * TimeSpan.TicksPerMicrosecond)
            : null;

    /// <summary>Why it could not be removed; null when it is gone.</summary>
    private async Task<string?> RemoveAsync(string subscription)
    {
        using var limit = new CancellationTokenSource(Farewell, time);
        while (true)
        {
            try
            {
                await api.SendAsync(HttpMethod.Delete, "v1/subscriptions/" + subscription, null, Farewell, limit.Token);
                return null;
            }
            catch (GatewayRefusal e) when (e.Code == "subscription_not_found")
            {
                return null;
            }
            catch (GatewayAwayException e)
            {
                try
                {
                    await Task.Delay(ShortestPause, time, limit.Token);
                }
                catch (OperationCanceledException)
                {
                    return e.Message;
                }
            }
            catch (CommandFailure e)
            {
                return e.Message;
            }
            catch (OperationCanceledException)
            {
                return "the gateway does not answer";
            }
        }
    }

    /// <summary>Removes what commands left that were killed: those of this machine whose process is no more.</summary>
    private async Task RemoveOrphansAsync(CancellationToken cancellationToken)
    {
        var all = await api.GetAsync("v1/subscriptions?limit=1000", cancellationToken);
        foreach (var subscription in all.Items("data"))
        {
            if (subscription.Text("id") is { } id && subscription.Text("description") is { } description && IsOrphan(description)
                && await RemoveAsync(id) is null)
            {
                report.Note($"Removed {id}, which an earlier 'listen' of this machine left behind.");
            }
        }
    }

    private static bool IsOrphan(string description)
    {
        var mark = Mark(0)[..^1];
        return description.StartsWith(mark, StringComparison.Ordinal)
            && int.TryParse(description.AsSpan(mark.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            && !IsRunning(id);
    }

    private static bool IsRunning(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static string Mark(int process) =>
        string.Create(CultureInfo.InvariantCulture, $"siro-gateway listen on {Environment.MachineName}, process {process}");
}
