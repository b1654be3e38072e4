namespace Siro.Emulator.Organizations;

/// <summary>Someone who can sign in to Siro.</summary>
public sealed class SiroUser
{
    public required string Id { get; init; }

    public required string OrganizationId { get; init; }

    public string? Email { get; set; }

    /// <summary>E.164.</summary>
    public string? PhoneNumber { get; set; }

    public string? FirstName { get; set; }

    public string? LastName { get; set; }

    /// <summary>The user's id in the CRM.</summary>
    public string? ExternalId { get; set; }

    public bool Disabled { get; set; }

    /// <summary>Members and admins may read conversation types; others get 403.</summary>
    public bool IsMember { get; set; } = true;

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>The users of one organization, in the order in which they came.</summary>
public sealed class UserDirectory
{
    private readonly Lock _gate = new();
    private readonly List<SiroUser> _ordered = [];
    private readonly Dictionary<string, SiroUser> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SiroUser> _byEmail = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, SiroUser> _byPhone = new(StringComparer.Ordinal);

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _ordered.Count;
            }
        }
    }

    public void Add(SiroUser user)
    {
        lock (_gate)
        {
            _ordered.Add(user);
            _byId[user.Id] = user;
            if (user.Email is not null)
            {
                _byEmail.TryAdd(user.Email, user);
            }

            if (user.PhoneNumber is not null)
            {
                _byPhone.TryAdd(user.PhoneNumber, user);
            }
        }
    }

    public SiroUser? ById(string id)
    {
        lock (_gate)
        {
            return _byId.GetValueOrDefault(id);
        }
    }

    /// <summary>The rep that a recording names: by id, else email, else phone, else null.</summary>
    public SiroUser? Resolve(string? id, string? email, string? phone)
    {
        lock (_gate)
        {
            return (id is not null ? _byId.GetValueOrDefault(id) : null)
                ?? (email is not null ? _byEmail.GetValueOrDefault(email) : null)
                ?? (phone is not null ? _byPhone.GetValueOrDefault(phone) : null);
        }
    }

    /// <summary>The users from a position on, and whether more follow.</summary>
    public (IReadOnlyList<SiroUser> Users, int? Next) Page(int start, int size, Func<SiroUser, bool>? filter = null)
    {
        lock (_gate)
        {
            var page = new List<SiroUser>();
            for (var i = start; i < _ordered.Count; i++)
            {
                if (filter is not null && !filter(_ordered[i]))
                {
                    continue;
                }

                if (page.Count == size)
                {
                    return (page, i);
                }

                page.Add(_ordered[i]);
            }

            return (page, null);
        }
    }
}
