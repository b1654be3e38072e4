using System.Text;
using System.Text.Json;
using Siro.Gateway.Commands.Gateway;
using Siro.Gateway.Common;

namespace Siro.Gateway.Commands.Events;

/// <summary>The log from a moment on, oldest first, and then as it grows; it goes on where it was when the gateway comes back.</summary>
internal sealed class EventTail(GatewayApi api, string? type, string? recording, DateTimeOffset since, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private long _last;
    private DateTimeOffset _from = since;

    /// <summary>Until it is cancelled, or with <paramref name="follow"/> false until the end of what is there.</summary>
    public async Task RunAsync(Action<JsonElement> print, Action<string> note, bool follow, CancellationToken cancellationToken)
    {
        var away = false;
        while (true)
        {
            try
            {
                foreach (var e in await NewAsync(cancellationToken))
                {
                    _last = e.GetProperty("number").GetInt64();
                    _from = Iso8601.Parse(e.Text("receivedAt")) ?? _from;
                    print(e);
                }

                if (away)
                {
                    note("The gateway is back; nothing was skipped.");
                    away = false;
                }
            }
            catch (GatewayAwayException e) when (follow)
            {
                if (!away)
                {
                    note(e.Message + " Trying again until it is back.");
                    away = true;
                }
            }

            if (!follow)
            {
                return;
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <summary>What came after the last: the log answers newest first, so that its pages are read back to there.</summary>
    private async Task<IReadOnlyList<JsonElement>> NewAsync(CancellationToken cancellationToken)
    {
        var found = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var path = new StringBuilder("v1/events?limit=200&since=").Append(
                Uri.EscapeDataString(_from.ToString("O", System.Globalization.CultureInfo.InvariantCulture)));
            foreach (var (name, value) in new[] { ("type", type), ("recordingId", recording), ("cursor", cursor) })
            {
                if (value is not null)
                {
                    path.Append('&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
                }
            }

            var page = await api.GetAsync(path.ToString(), cancellationToken);
            found.AddRange(page.Items("data").Where(e => e.TryGetProperty("number", out var number) && number.GetInt64() > _last));
            cursor = page.Text("cursor");
        }
        while (cursor is not null);
        found.Reverse();
        return found;
    }
}
