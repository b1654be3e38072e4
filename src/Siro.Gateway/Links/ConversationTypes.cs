using System.Collections.Concurrent;
using System.Text.Json;
using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Links;

/// <summary>One conversation configuration of an organization.</summary>
public sealed record ConversationTypeView
{
    /// <summary>The UUID that deep links and uploads take (not <see cref="Id"/>).</summary>
    public required string ConversationType { get; init; }

    /// <summary>What people call it.</summary>
    public string? DisplayName { get; init; }

    /// <summary>Siro's id of the configuration.</summary>
    public string? Id { get; init; }

    /// <summary>The organization it belongs to.</summary>
    public string? OrgId { get; init; }

    /// <summary>The team that it is limited to, or null.</summary>
    public string? TeamId { get; init; }
}

/// <summary>
/// The conversation types of an organization, read with the acting user's token (only members and admins may) and kept for 15 minutes.
/// Source: <c>GET /v1/core/conversation-configurations?organizationId=</c> on <c>internal</c>.
/// </summary>
internal sealed class ConversationTypes(SiroClient siro, ISettings<SiroOptions> options, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(15);
    private readonly ConcurrentDictionary<(OrganizationKey, UserId?), (DateTimeOffset Read, IReadOnlyList<ConversationTypeView> Types)>
        _cache = new();
    private readonly ConcurrentDictionary<OrganizationKey, string> _organizationIds = new();

    /// <summary>
    /// All types. Throws <see cref="ProblemException"/>: 403 <c>conversation_types_forbidden</c> when Siro refuses this user, else as the
    /// Siro client says.
    /// </summary>
    public async Task<IReadOnlyList<ConversationTypeView>> ListAsync(Caller caller, CancellationToken cancellationToken)
    {
        var key = (caller.Organization, caller.ActingUser);
        if (_cache.TryGetValue(key, out var kept) && time.GetUtcNow() - kept.Read < Fresh)
        {
            return kept.Types;
        }

        var organizationId = await OrganizationIdAsync(caller, cancellationToken);
        try
        {
            using var answer = await siro.ReadAsync(
                caller.ForCaller(SiroHost.Internal, HttpMethod.Get, "/v1/core/conversation-configurations"),
                HttpMethod.Get,
                "/v1/core/conversation-configurations?organizationId=" + Uri.EscapeDataString(organizationId),
                null,
                cancellationToken);
            var types = answer.RootElement.Member("data") is { ValueKind: JsonValueKind.Array } data
                ? data.Deserialize<List<ConversationTypeView>>(JsonSerializerOptions.Web)!
                : [];
            if (_cache.Count > 10_000)
            {
                _cache.Clear();
            }

            _cache[key] = (time.GetUtcNow(), types);
            return types;
        }
        catch (ProblemException e) when (e.Problem.Code is "siro_forbidden")
        {
            throw new ProblemException(
                e.Problem with
                {
                    Code = "conversation_types_forbidden",
                    Detail = "Siro shows an organization's conversation types only to its members, its admins and Siro's own: choose "
                        + "another acting user (Siro-User), or check the organization's OrganizationId.",
                },
                e);
        }
        catch (JsonException e)
        {
            throw new ProblemException(
                new Problem(502, "siro_answer_unreadable", "Siro's conversation configurations have an unknown shape."), e);
        }
    }

    private async Task<string> OrganizationIdAsync(Caller caller, CancellationToken cancellationToken)
    {
        if (options.Current.Find(caller.Organization)?.OrganizationId is { Length: > 0 } configured)
        {
            return configured;
        }

        if (_organizationIds.TryGetValue(caller.Organization, out var known))
        {
            return known;
        }

        using var answer = await siro.ReadAsync(
            caller.ForCaller(SiroHost.External, HttpMethod.Get, "/v1/core/auth/caller-identity"),
            HttpMethod.Get,
            "/v1/core/auth/caller-identity",
            null,
            cancellationToken);
        var root = answer.RootElement.Member("data") is { ValueKind: JsonValueKind.Object } data ? data : answer.RootElement;
        if (root.Text("organizationId") is not { Length: > 0 } text)
        {
            throw new ProblemException(new Problem(503, "organization_id_unknown",
                $"Set Siro:Organizations:{caller.Organization}:OrganizationId: Siro did not say."));
        }

        return _organizationIds[caller.Organization] = text;
    }
}
