using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Calls.Sources;

/// <summary>The configured sources and the code for their types.</summary>
internal sealed class SourceRegistry(ISettings<CallsOptions> options, ISettings<ClientsOptions> clients, ISettings<SiroOptions> siro)
{
    /// <summary>Every kind of provider: each class in this assembly that is one, by its word.</summary>
    public static readonly IReadOnlyList<ICallSource> Types =
    [
        .. from type in typeof(ICallSource).Assembly.GetTypes()
           where type.IsClass && type.IsAssignableTo(typeof(ICallSource))
           let source = (ICallSource)Activator.CreateInstance(type)!
           orderby source.Type
           select source,
    ];

    /// <summary>The source of that name, or null.</summary>
    public CallSourceOptions? Find(string? name) =>
        name is not null
            ? options.Current.Sources.FirstOrDefault(s => string.Equals(s.Key, name, StringComparison.OrdinalIgnoreCase)).Value
            : null;

    /// <summary>The code for a source.</summary>
    public static ICallSource Of(CallSourceOptions source) => Types.First(t => t.Type == source.Type);

    /// <summary>The source of that client whose hosts include the URL's: for calls that a client gives by URL.</summary>
    public CallSourceOptions? ForUrl(ClientName client, string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var parsed)
            ? options.Current.Sources.Values.FirstOrDefault(s => string.Equals(s.Client, client.Value, StringComparison.OrdinalIgnoreCase)
                && s.Hosts.Any(h => ProviderApi.Fits(h, parsed)))
            : null;

    /// <summary>Whose calls a source brings: its client's, in its client's organization.</summary>
    public CallOwner Owner(CallSourceOptions source, string name)
    {
        var client = Client(source);
        var organization = client.Organization is { Length: > 0 } named and not "*" ? named : siro.Current.Organizations.Keys.First();
        return new CallOwner(new OrganizationKey(organization), new ClientName(source.Client), null, name);
    }

    /// <summary>The id or email of the user whom the source's client names as its default; null for none.</summary>
    public string? DefaultUser(CallSourceOptions source) => Client(source).DefaultUser is { Length: > 0 } user ? user : null;

    private ClientOptions Client(CallSourceOptions source) => clients.Current.Find(new ClientName(source.Client))!;
}
