using Siro.Gateway.Store;

namespace Siro.Gateway.Commands.Doctor;

internal static class DoctorKeys
{
    public static readonly IReadOnlyList<KeyPattern> Patterns =
    [
        new("doctor:ID", "probe", KeyType.String, "a minute", "what `siro-gateway doctor` writes to measure"),
    ];

    /// <summary>What the examination writes and takes away again; each id has a slot of its own.</summary>
    public static string Probe(string id) => StoreKeys.Key("doctor:" + id, "probe");
}
