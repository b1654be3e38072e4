using Siro.Gateway.Store;

namespace Siro.Gateway.Commands.Doctor;

internal static class DoctorKeys
{
    /// <summary>What the examination writes and takes away again; each id has a slot of its own.</summary>
    public static string Probe(string id) => StoreKeys.Key("doctor:" + id, "probe");
}
