using Siro.Gateway.Configuration;
using Siro.Gateway.Subscriptions;

namespace Siro.Gateway.Events;

/// <summary>
/// For how long it is remembered which ids were taken and what was announced; longer than it keeps the events themselves.
/// </summary>
internal sealed class EventMemory(ISettings<WebhooksOptions> settings)
{
    /// <summary>Marks outlive the events they are about, so that nothing is announced twice.</summary>
    private static readonly TimeSpan LeastMark = TimeSpan.FromDays(400);

    /// <summary>Svix repeats for 27 hours, and by hand for as long as it keeps a message.</summary>
    private static readonly TimeSpan LeastSeen = TimeSpan.FromDays(30);

    /// <summary>For how many ms ids are remembered.</summary>
    public long SeenFor => (long)Math.Max(LeastSeen.TotalMilliseconds, settings.Current.Retention.TotalMilliseconds * 2);

    /// <summary>For how many ms it is remembered that a recording was announced.</summary>
    public long MarkFor => (long)Math.Max(LeastMark.TotalMilliseconds, settings.Current.Retention.TotalMilliseconds * 4);
}
