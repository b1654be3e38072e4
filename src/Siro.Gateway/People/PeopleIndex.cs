namespace Siro.Gateway.People;

/// <summary>An organization's users at one moment, indexed by everything that identifies one.</summary>
internal sealed class PeopleIndex
{
    private readonly Dictionary<PersonKey, ILookup<string, Person>> _by;
    private readonly string _region;

    public PeopleIndex(IReadOnlyList<Person> people, string region, string version)
    {
        _region = region;
        Version = version;
        Count = people.Count;
        _by = new Dictionary<PersonKey, ILookup<string, Person>>
        {
            [PersonKey.Id] = Index(people, p => p.Id, StringComparer.Ordinal),
            [PersonKey.Email] = Index(people, p => p.Email?.Trim(), StringComparer.OrdinalIgnoreCase),
            [PersonKey.Phone] = Index(people, p => PhoneNumber.ToE164(p.PhoneNumber, region), StringComparer.Ordinal),
            [PersonKey.ExternalId] = Index(people, p => p.ExternalId, StringComparer.Ordinal),
        };
    }

    /// <summary>Changes with every reading; tells copies apart.</summary>
    public string Version { get; }

    public int Count { get; }

    /// <summary>Everybody with that value; disabled users only where nobody else has it.</summary>
    public IReadOnlyList<Person> Find(PersonKey key, string value)
    {
        var wanted = key is PersonKey.Phone ? PhoneNumber.ToE164(value, _region) : value.Trim();
        if (wanted is null)
        {
            return [];
        }

        var found = _by[key][wanted].ToList();
        var enabled = found.Where(p => !p.Disabled).ToList();
        return enabled.Count > 0 ? enabled : found;
    }

    private static ILookup<string, Person> Index(IReadOnlyList<Person> people, Func<Person, string?> key, StringComparer comparer) =>
        people.Where(p => !string.IsNullOrWhiteSpace(key(p))).ToLookup(p => key(p)!, comparer);
}
