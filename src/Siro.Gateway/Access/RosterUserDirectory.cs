using System.Collections.Concurrent;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Access;

/// <summary>
/// Reads the organization's users from <c>GET /v1/core/users</c> (external) when an email is asked for and keeps what it found.
/// Siro has no filter by email, so that a page at a time is read; at most <see cref="MaxPages"/> pages of <see cref="MaxPageBytes"/>.
/// </summary>
internal sealed class RosterUserDirectory(SiroClient siro, TimeProvider time) : IUserDirectory
{
    private const int MaxPages = 50;
    private const int MaxPageBytes = 8 * 1024 * 1024;
    private static readonly TimeSpan FoundFor = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan MissedFor = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<OrganizationKey, Lazy<Task<Roster>>> _rosters = new();

    public async ValueTask<UserLookup> ResolveAsync(OrganizationKey organization, string idOrEmail, CancellationToken cancellationToken)
    {
        if (!UserReference.IsEmail(idOrEmail))
        {
            return UserLookup.Of(new UserId(idOrEmail));
        }

        try
        {
            var roster = await ReadAsync(organization, olderThan: null, cancellationToken);
            if (!roster.Users.ContainsKey(idOrEmail) && time.GetUtcNow() - roster.ReadAt > MissedFor)
            {
                roster = await ReadAsync(organization, olderThan: roster, cancellationToken);
            }

            return roster.Users.TryGetValue(idOrEmail, out var users)
                ? users.Count == 1 ? UserLookup.Of(users[0]) : UserLookup.Ambiguous
                : roster.Complete ? UserLookup.Unknown : UserLookup.Unavailable;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && e is HttpRequestException or JsonException or InvalidOperationException or KeyNotFoundException or OperationCanceledException)
        {
            return UserLookup.Unavailable;
        }
    }

    /// <summary>One reading at a time and organization; a failed one is not kept.</summary>
    private async Task<Roster> ReadAsync(OrganizationKey organization, Roster? olderThan, CancellationToken cancellationToken)
    {
        var reading = _rosters.GetOrAdd(organization, Start);
        if (reading is { IsValueCreated: true, Value.IsCompleted: true })
        {
            var stale = !reading.Value.IsCompletedSuccessfully
                || ReferenceEquals(reading.Value.Result, olderThan)
                || time.GetUtcNow() - reading.Value.Result.ReadAt > FoundFor;
            if (stale)
            {
                var again = Start(organization);
                reading = _rosters.TryUpdate(organization, again, reading) ? again : _rosters.GetOrAdd(organization, Start);
            }
        }

        // The reading belongs to all who wait for it: one caller's leaving must not end it.
        return await reading.Value.WaitAsync(cancellationToken);
    }

    private Lazy<Task<Roster>> Start(OrganizationKey organization) => new(() => FetchAsync(organization));

    private async Task<Roster> FetchAsync(OrganizationKey organization)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30), time);
        var users = new Dictionary<string, List<UserId>>(StringComparer.OrdinalIgnoreCase);
        string? cursor = null;
        for (var page = 0; page < MaxPages; page++)
        {
            var query = cursor is null ? "" : $"?cursor={Uri.EscapeDataString(cursor)}";
            cursor = await PageAsync(organization, "v1/core/users" + query, users, limit.Token);
            if (cursor is null)
            {
                return new Roster(users, time.GetUtcNow(), Complete: true);
            }
        }

        return new Roster(users, time.GetUtcNow(), Complete: false);
    }

    private async Task<string?> PageAsync(OrganizationKey organization, string path, Dictionary<string, List<UserId>> users, CancellationToken cancellationToken)
    {
        var request = new SiroRequest
        {
            Organization = organization,
            Host = SiroHost.External,
            Client = ClientName.Gateway,
            Operation = "GET /v1/core/users",
            Idempotent = true,
        };
        using var response = await siro.SendAsync(request, HttpMethod.Get, path, content: null, cancellationToken);
        response.EnsureSuccessStatusCode();
        await response.Content.LoadIntoBufferAsync(MaxPageBytes, cancellationToken);
        using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
        var root = document.RootElement;
        foreach (var user in (root.ValueKind == JsonValueKind.Array ? root : root.GetProperty("data")).EnumerateArray())
        {
            if (user.TryGetProperty("disabled", out var disabled) && disabled.ValueKind == JsonValueKind.True)
            {
                continue;
            }

            if (Text(user, "email") is { Length: > 0 } email && Text(user, "id") is { Length: > 0 } id)
            {
                var same = users.TryGetValue(email, out var known) ? known : users[email] = [];
                if (!same.Contains(new UserId(id)))
                {
                    same.Add(new UserId(id));
                }
            }
        }

        return root.ValueKind == JsonValueKind.Object ? Text(root, "cursor") : null;
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private sealed record Roster(Dictionary<string, List<UserId>> Users, DateTimeOffset ReadAt, bool Complete);
}
