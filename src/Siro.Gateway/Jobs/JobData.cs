using Siro.Gateway.Common;
using Siro.Gateway.Store;

namespace Siro.Gateway.Jobs;

/// <summary>Reads and writes the data of one kind's jobs, with what is encrypted in it.</summary>
internal sealed class JobData<TData>(Job<TData> job, StoreCipher cipher)
    where TData : class
{
    public Job<TData> Job { get; } = job;

    public StoredJob<TData> Read(StoredJob stored) => new(stored, Job.Format.Read(Decrypted(stored)));

    /// <summary>The fields of a new job.</summary>
    public Dictionary<string, string> Fields(JobId id, TData data)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in Job.Format.Write(data))
        {
            if (value is not null)
            {
                fields[name] = Stored(id, name, value);
            }
        }

        return fields;
    }

    /// <summary>The fields that differ; null removes one.</summary>
    public Dictionary<string, string?> Changes(JobId id, TData before, TData? after)
    {
        var changes = new Dictionary<string, string?>(StringComparer.Ordinal);
        if (after is null || ReferenceEquals(before, after))
        {
            return changes;
        }

        foreach (var (old, (name, value)) in Job.Format.Write(before).Zip(Job.Format.Write(after)))
        {
            if (old.Value != value)
            {
                changes[name] = value is null ? null : Stored(id, name, value);
            }
        }

        return changes;
    }

    private string Stored(JobId id, string name, string value) =>
        Job.Format.Encrypted.Contains(name) ? cipher.Encrypt(new Secret(value), Context(id, name)) : value;

    private IReadOnlyDictionary<string, string> Decrypted(StoredJob stored)
    {
        if (Job.Format.Encrypted.Count == 0)
        {
            return stored.Fields;
        }

        var fields = new Dictionary<string, string>(stored.Fields, StringComparer.Ordinal);
        foreach (var name in Job.Format.Encrypted)
        {
            fields.Remove(name);
            if (cipher.Decrypt(stored[name], Context(stored.Id, name)) is { } secret)
            {
                fields[name] = secret.Reveal();
            }
        }

        return fields;
    }

    /// <summary>A value decrypts only in the field of the job that it was encrypted for.</summary>
    private string Context(JobId id, string name) => $"{Job.Kind}:{id}:{name}";
}
