namespace Siro.Gateway.Jobs;

/// <summary>
/// Between a job's data and the text fields in which it is stored. Fields that it does not know, of a later version, stay as they are.
/// </summary>
internal interface IJobFormat<TData>
    where TData : class
{
    /// <summary>Fields that only the gateway may read: personal data, and addresses that grant access.</summary>
    IReadOnlySet<string> Encrypted { get; }

    /// <summary>Every field, always in the same order; null where the data has nothing for it.</summary>
    IReadOnlyList<KeyValuePair<string, string?>> Write(TData data);

    /// <param name="fields">Decrypted; one that can't be decrypted any more is missing.</param>
    TData Read(IReadOnlyDictionary<string, string> fields);
}

/// <summary>A property of a job's data that is encrypted in the store. It reads as null once its key is not configured any more.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class EncryptedAttribute : Attribute;
