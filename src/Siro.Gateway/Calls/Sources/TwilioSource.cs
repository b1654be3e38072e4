using System.Text;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;

namespace Siro.Gateway.Calls.Sources;

/// <summary>
/// Twilio's recording status callback: a form, signed with HMAC-SHA1 over the full URL and the sorted parameters (Twilio, "Validating
/// Requests").
/// It names no people: the callback's own URL may (<c>repEmail</c>, <c>repUserId</c>, <c>repPhone</c>, <c>repExternalId</c>,
/// <c>customerPhone</c>, <c>customerName</c>, <c>title</c>), else the call is looked up.
/// </summary>
internal sealed class TwilioSource : ICallSource
{
    private const string DefaultApi = "https://api.twilio.com";

    public string Type => "twilio";

    public string? ApiHost => "api.twilio.com";

    public Problem? Verify(SourceRequest request, CallSourceOptions source, DateTimeOffset now)
    {
        var given = request.Headers["X-Twilio-Signature"].ToString();
        if (given.Length == 0)
        {
            return SourceProblems.MissingHeaders("X-Twilio-Signature");
        }

        var parameters =
            string.Concat(request.Form.OrderBy(f => f.Key, StringComparer.Ordinal).ThenBy(f => f.Value,
            StringComparer.Ordinal).Select(f => f.Key + f.Value));
        var fits = false;
        foreach (var url in request.Urls.SelectMany(WithAndWithoutPort))
        {
            fits |= SourceSignatures.Same(Sign(source.Secret!, url + parameters), given);
        }

        return fits ? null : SourceProblems.BadSignature;
    }

    /// <summary>Base64 of HMAC-SHA1.</summary>
    internal static string Sign(Secret token, string content) =>
        Convert.ToBase64String(SourceSignatures.Hmac("hmac-sha1", token, Encoding.UTF8.GetBytes(content)));

    public SourceReading Read(SourceRequest request, CallSourceOptions source)
    {
        var form = request.Form.GroupBy(f => f.Key, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.First().Value, StringComparer.Ordinal);
        if (form.GetValueOrDefault("RecordingStatus") is { } status && status != "completed")
        {
            return SourceReading.Nothing;
        }

        if (form.GetValueOrDefault("RecordingSid") is not { Length: > 0 } sid
            || form.GetValueOrDefault("RecordingUrl") is not { Length: > 0 } url)
        {
            throw SourceProblems.Invalid("A recording status callback has RecordingSid and RecordingUrl.");
        }

        string? Query(string name) => request.Query[name].ToString() is { Length: > 0 } value ? value : null;
        return new SourceReading([new CallNotice
        {
            SourceId = sid,
            RecordingUrl = url,
            StartedAt = JsonPointer.Moment(form.GetValueOrDefault("RecordingStartTime") is { } begun ? PlusSign.InMoment(begun) : null),
            Rep = new CallRep { UserId = Query("repUserId"), Email = Query("repEmail"), Phone = Query("repPhone"),
                ExternalId = Query("repExternalId") },
            Customer = new CallCustomer { Name = Query("customerName"), Phone = Query("customerPhone") },
            Title = Query("title"),
            Lookup = new Dictionary<string, string>(StringComparer.Ordinal) { ["account"] = form.GetValueOrDefault("AccountSid", ""),
                ["call"] = form.GetValueOrDefault("CallSid", "") },
        }.FromForm()]);
    }

    public void Check(CallSourceOptions source, string path, ValidationErrors errors) =>
        errors.Require(source.Secret is { IsEmpty: false }, path + ":Secret", "is missing (Twilio: the account's auth token)");

    public async Task<CallNotice?> LookUpAsync(
        CallNotice notice, CallSourceOptions source, ProviderApi api, CancellationToken cancellationToken)
    {
        if (source.Auth is null || notice.Lookup is not { } ids
            || (!notice.Rep.IsEmpty && notice is { StartedAt: not null, Customer.Phone: not null }))
        {
            return null;
        }

        var path = $"/2010-04-01/Accounts/{Uri.EscapeDataString(ids["account"])}/Calls/{Uri.EscapeDataString(ids["call"])}.json";
        if (await api.GetAsync(source, new Uri(new Uri(source.ApiUrl ?? DefaultApi), path), cancellationToken) is not { } call)
        {
            return null;
        }

        var (rep, customer) = CallNotice.Sides(
            JsonPointer.Text(call, "/direction"), JsonPointer.Text(call, "/from"), JsonPointer.Text(call, "/to"));
        return notice.With(new CallNotice
        {
            SourceId = notice.SourceId,
            StartedAt = JsonPointer.Moment(JsonPointer.Text(call, "/start_time")),
            Rep = new CallRep { Phone = rep },
            Customer = new CallCustomer { Phone = customer },
        });
    }

    /// <summary>Twilio signs the URL with or without its port, depending on the product (Twilio's own libraries try both).</summary>
    private static IEnumerable<string> WithAndWithoutPort(string url)
    {
        yield return url;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed))
        {
            yield break;
        }

        var rest = parsed.OriginalString[(parsed.OriginalString.IndexOf("://", StringComparison.Ordinal) + 3)..];
        var path = rest.IndexOfAny(['/', '?']) is var at && at >= 0 ? rest[at..] : "";
        yield return $"{parsed.Scheme}://{parsed.Host}{path}";
        yield return $"{parsed.Scheme}://{parsed.Host}:{parsed.Port}{path}";
    }
}
