using System.Collections.Concurrent;

namespace Siro.Emulator.Recordings;

/// <summary>All recordings of all organizations.</summary>
public sealed class RecordingStore
{
    private readonly ConcurrentDictionary<string, Recording> _byId = new(StringComparer.Ordinal);

    public int Count => _byId.Count;

    /// <summary>Oldest call first.</summary>
    public IEnumerable<Recording> All => _byId.Values.OrderBy(r => r.CreatedAt).ThenBy(r => r.Id, StringComparer.Ordinal);

    public Recording? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>The recordings made from one stored object: more than one is a duplicate.</summary>
    public IReadOnlyList<Recording> OfObject(string objectName) => [.. _byId.Values.Where(r => r.ObjectName == objectName)];

    public void Add(Recording recording) => _byId[recording.Id] = recording;

    internal IEnumerable<Recording> Of(string organizationId) => _byId.Values.Where(r => r.OrganizationId == organizationId);
}
