using Siro.Gateway.Common;
using Siro.Gateway.Jobs;

namespace Siro.Gateway.Links;

/// <summary>The deep-link guide's rules: which parameter is valid for which action, and in what form.</summary>
internal static class RecordLinkRules
{
    private const int MaxValue = 2048;

    /// <summary>The object types of the guide.</summary>
    public static readonly IReadOnlyList<string> ObjectTypes = [
        "Lead", "Account", "Contact", "Opportunity", "Engagement", "Event", "ServiceAppointment"];

    /// <summary>Schemes that would run or reveal something on the rep's device instead of opening an app.</summary>
    private static readonly string[] UnsafeSchemes = ["javascript", "data", "file", "vbscript", "blob", "about", "siro"];

    /// <summary>Every broken rule, by parameter; <paramref name="at"/> is put before the field (<c>[3].</c>).</summary>
    public static List<FieldError> Check(RecordLinkParameters link, string at, List<LinkWarning> warnings)
    {
        var errors = new List<FieldError>();
        void Error(string field, string code, string message) => errors.Add(new FieldError(at + field, code, message));

        if (link.Action is null)
        {
            Error("action", "required", "is required: start, stop or restart");
        }
        else if (link.Action is not ("start" or "stop" or "restart"))
        {
            Error("action", "invalid_value", "must be start, stop or restart");
        }
        else
        {
            CheckActions(link, Error);
        }

        foreach (var (name, value) in Texts(link))
        {
            if (value is { Length: 0 })
            {
                Error(name, "empty", "must not be empty; leave it out instead");
            }
            else if (value is { Length: > MaxValue })
            {
                Error(name, "too_long", $"must have at most {MaxValue} characters");
            }
            else if (value is not null && (value.Any(char.IsControl) || !WellFormed(value)))
            {
                Error(name, "invalid_value", "must not contain control characters or broken surrogates");
            }
        }

        CheckRedirect(link.RedirectUrl, Error, warnings);
        CheckCrm(link, Error);
        if (link is { OpportunityId: not null, JobId: not null })
        {
            Error("jobId", "conflict", "means the same as opportunityId: send one of them");
        }

        if (link.OpportunityId is not null)
        {
            warnings.Add(
                new LinkWarning("opportunityId", "deprecated", "Siro replaces opportunityId by integrationConnectionId and crmObjects."));
        }

        if (link.JobId is not null)
        {
            warnings.Add(new LinkWarning("jobId", "deprecated", "Siro replaces jobId by integrationConnectionId and crmObjects."));
        }

        return errors;
    }

    private static void CheckActions(RecordLinkParameters link, Action<string, string, string> error)
    {
        if (link is { Title: not null, Action: not "start" })
        {
            error("title", "not_for_action", "is only valid with action=start");
        }

        foreach (var (name, given) in new[]
        {
            ("conversationType", link.ConversationType is not null),
            ("integrationConnectionId", link.IntegrationConnectionId is not null),
            ("crmObjects", link.CrmObjects is not null),
            ("opportunityId", link.OpportunityId is not null),
            ("jobId", link.JobId is not null),
        })
        {
            if (given && link.Action == "stop")
            {
                error(name, "not_for_action", "is only valid with action=start or action=restart");
            }
        }

        if (link is { AppointmentId: not null, Action: not "start" })
        {
            error("appointmentId", "not_for_action", "is part of the siro:// form, which only starts recordings");
        }
    }

    private static void CheckRedirect(string? redirect, Action<string, string, string> error, List<LinkWarning> warnings)
    {
        if (redirect is not { Length: > 0 })
        {
            return;
        }

        if (!Uri.TryCreate(redirect, UriKind.Absolute, out var url) || UnsafeSchemes.Contains(url.Scheme, StringComparer.OrdinalIgnoreCase))
        {
            error("redirectUrl", "invalid_url", "must be an absolute https link or an app's own scheme");
        }
        else if (url.Scheme is "http")
        {
            warnings.Add(
                new LinkWarning("redirectUrl", "not_https", "A plain http link is neither a Universal Link nor an App Link; use https."));
        }
        else if (url.Scheme is not "https")
        {
            warnings.Add(new LinkWarning("redirectUrl", "app_scheme",
                $"Siro must whitelist the scheme {url.Scheme}:// first, which takes weeks; Universal Links and App Links need nothing."));
        }
    }

    private static void CheckCrm(RecordLinkParameters link, Action<string, string, string> error)
    {
        if (link.CrmObjects is not { } objects)
        {
            return;
        }

        if (link.IntegrationConnectionId is null)
        {
            error("integrationConnectionId", "required", "is required with crmObjects");
        }

        if (objects.Count is 0 or > 50)
        {
            error("crmObjects", "invalid_value", "must hold 1 to 50 objects");
        }

        for (var i = 0; i < objects.Count; i++)
        {
            if (!ObjectTypes.Contains(objects[i]?.ObjectType, StringComparer.Ordinal))
            {
                error($"crmObjects[{i}].objectType", "invalid_value", "must be one of " + string.Join(", ", ObjectTypes));
            }

            if (objects[i]?.ObjectId is not { Length: > 0 and <= MaxValue } id || id.Any(char.IsControl) || !WellFormed(id))
            {
                error($"crmObjects[{i}].objectId", "required", $"must be the object's CRM id, 1 to {MaxValue} characters");
            }
        }
    }

    private static IEnumerable<(string Name, string? Value)> Texts(RecordLinkParameters link) =>
    [
        ("title", link.Title), ("conversationType", link.ConversationType), ("redirectUrl", link.RedirectUrl),
        ("integrationConnectionId", link.IntegrationConnectionId), ("opportunityId", link.OpportunityId),
        ("jobId", link.JobId), ("appointmentId", link.AppointmentId),
    ];

    /// <summary>A lone surrogate can't be written in UTF-8 and would come back as another character.</summary>
    private static bool WellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                return false;
            }
        }

        return true;
    }
}
