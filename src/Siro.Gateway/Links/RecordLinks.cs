using Siro.Gateway.Access;
using Siro.Gateway.Common;

namespace Siro.Gateway.Links;

/// <summary>Makes links: the guide's rules, then the conversation type, then both forms.</summary>
internal sealed class RecordLinks(ConversationTypes conversationTypes)
{
    /// <summary>The link, or every broken rule. Throws <see cref="ProblemException"/> when a display name can't be looked up.</summary>
    public async Task<(RecordLink? Link, IReadOnlyList<FieldError> Errors)> MakeAsync(
        Caller caller, RecordLinkParameters parameters, string at, CancellationToken cancellationToken)
    {
        var warnings = new List<LinkWarning>();
        var errors = RecordLinkRules.Check(parameters, at, warnings);
        if (errors.Count > 0)
        {
            return (null, errors);
        }

        if (parameters.ConversationType is { } type)
        {
            var (resolved, error) = await ResolveAsync(caller, type, at, warnings, cancellationToken);
            if (error is not null)
            {
                return (null, [error]);
            }

            parameters = parameters with { ConversationType = resolved };
        }

        return (new RecordLink(RecordLinkWriter.Web(parameters), RecordLinkWriter.App(parameters), warnings), []);
    }

    private async Task<(string? Uuid, FieldError? Error)> ResolveAsync(
        Caller caller, string type, string at, List<LinkWarning> warnings, CancellationToken cancellationToken)
    {
        var isUuid = Guid.TryParseExact(type, "D", out _);
        IReadOnlyList<ConversationTypeView> known;
        try
        {
            known = await conversationTypes.ListAsync(caller, cancellationToken);
        }
        catch (ProblemException e) when (isUuid)
        {
            // The link is right without the check; only the hint about a typo is missing.
            warnings.Add(new LinkWarning("conversationType", "conversation_type_unchecked",
                $"The organization's conversation types could not be read ({e.Problem.Code}), so this one was not checked."));
            return (type, null);
        }

        if (isUuid)
        {
            if (!known.Any(k => string.Equals(k.ConversationType, type, StringComparison.OrdinalIgnoreCase)))
            {
                warnings.Add(new LinkWarning("conversationType", "unknown_conversation_type",
                    "The organization has no such conversation type: Siro falls back to the rep's default without an error."));
            }

            return (type, null);
        }

        var named = known.Where(k => string.Equals(k.DisplayName?.Trim(), type.Trim(), StringComparison.OrdinalIgnoreCase))
            .Select(k => k.ConversationType).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        return named switch
        {
            [var one] => (one, null),
            [] => (null,
                new FieldError(at + "conversationType", "invalid_conversation_type",
                "is neither a UUID nor the display name of one of the organization's conversation types")),
            _ => (null,
                new FieldError(at + "conversationType", "ambiguous_conversation_type",
                "is the display name of several conversation types: send the UUID, one of " + string.Join(", ", named))),
        };
    }
}
