using System.Text;
using System.Text.Json;
using Siro.Gateway.Common;

namespace Siro.Gateway.Calls.Sources;

/// <summary>A provider's notification as it came.</summary>
/// <param name="Urls">The URLs that the provider may have signed, likeliest first.</param>
internal sealed record SourceRequest(
    IReadOnlyList<string> Urls, IHeaderDictionary Headers, IQueryCollection Query, string? ContentType, ReadOnlyMemory<byte> Body)
{
    /// <summary>The body as text.</summary>
    public string Text => Encoding.UTF8.GetString(Body.Span);

    /// <summary>The form's fields; empty for other bodies.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Form => _form ??= ReadForm();

    private IReadOnlyList<KeyValuePair<string, string>>? _form;

    private List<KeyValuePair<string, string>> ReadForm() =>
        ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) == true
            ? [.. Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(Text)
                .SelectMany(f => f.Value.Select(v => KeyValuePair.Create(f.Key, v ?? "")))]
            : [];
}

/// <summary>What a notification says.</summary>
/// <param name="Notices">Calls with a recording; none for events that are about something else.</param>
/// <param name="Handshake">The answer to a provider's URL validation, in place of the gateway's own.</param>
internal sealed record SourceReading(IReadOnlyList<CallNotice> Notices, IResult? Handshake = null)
{
    public static SourceReading Nothing { get; } = new([]);
}

/// <summary>One kind of provider. Pure but for <see cref="LookUpAsync"/>; one instance serves every source of its type.</summary>
internal interface ICallSource
{
    /// <summary>The word of <c>Calls:Sources:{name}:Type</c>.</summary>
    string Type { get; }

    /// <summary>
    /// Null when the notification is the provider's; else 400 <c>missing_headers</c>, <c>bad_signature</c>, <c>stale_timestamp</c>.
    /// </summary>
    Problem? Verify(SourceRequest request, CallSourceOptions source, DateTimeOffset now);

    /// <summary>
    /// The calls in it. Throws <see cref="ProblemException"/> (422 <c>invalid_notification</c>) when a verified body has no known shape.
    /// </summary>
    SourceReading Read(SourceRequest request, CallSourceOptions source);

    /// <summary>Errors of the settings beyond those of every source.</summary>
    void Check(CallSourceOptions source, string path, Configuration.ValidationErrors errors);

    /// <summary>The host of the provider's own API, which may get its credential; null for none.</summary>
    string? ApiHost => null;

    /// <summary>How its list of calls is read; null where it has none that could be polled.</summary>
    ICallList? List => null;

    /// <summary>True when a notification can be verified; a source that is only polled takes none.</summary>
    bool IsNotified(CallSourceOptions source) => source.Secret is not null;

    /// <summary>Asks the provider for what the notice lacks, or for a fresh URL. Null when it can't be asked.</summary>
    Task<CallNotice?> LookUpAsync(CallNotice notice, CallSourceOptions source, ProviderApi api, CancellationToken cancellationToken) =>
        Task.FromResult<CallNotice?>(null);
}

/// <summary>A provider's list of calls, page by page.</summary>
internal interface ICallList
{
    /// <summary>The first page's address, with <c>{since}</c>, where <c>Poll:Url</c> names none; null when it must be named.</summary>
    string? DefaultUrl(CallSourceOptions source) => null;

    /// <summary>The calls with a recording on a page.</summary>
    IEnumerable<CallNotice> Read(JsonElement page, CallSourceOptions source);

    /// <summary>Where a page names the next one, as a JSON pointer; null for a list of one page.</summary>
    string? NextPointer(CallPollOptions poll) => poll.Next;
}

/// <summary>Problems that every source shares.</summary>
internal static class SourceProblems
{
    public static Problem MissingHeaders(string what) => new(400, "missing_headers", $"The notification carries no {what}.");

    public static Problem BadSignature { get; } = new(400, "bad_signature", "The notification's signature does not match its content.");

    public static Problem StaleTimestamp { get; } = new(
        400, "stale_timestamp", "The notification's timestamp is too old, or in the future.");

    public static ProblemException Invalid(string what) => new(new Problem(422, "invalid_notification", what));
}
