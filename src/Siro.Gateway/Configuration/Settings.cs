using System.Diagnostics.CodeAnalysis;

namespace Siro.Gateway.Configuration;

/// <summary>
/// A section of the configuration as it is now: always one that passed every check. A wrong new file leaves the old one in force.
/// </summary>
public interface ISettings<out T>
    where T : class
{
    /// <summary>The section in force. Read it at each use; don't keep it.</summary>
    T Current { get; }

    /// <summary>Calls back after a new configuration was accepted, on the reloading thread.</summary>
    IDisposable OnChange(Action<T> changed);
}

/// <summary>One error in the configuration, by its path (<c>Uploads:MaxBytes</c>).</summary>
public sealed record ValidationError(string Path, string What)
{
    /// <inheritdoc />
    public override string ToString() => $"{Path}: {What}";
}

/// <summary>Collects every error, so that an operator corrects all of them in one go.</summary>
public sealed class ValidationErrors
{
    private readonly List<ValidationError> _all = [];

    /// <summary>What was found, in the order of the sections.</summary>
    public IReadOnlyList<ValidationError> All => _all;

    /// <summary>Notes one; <paramref name="path"/> is the configuration path with colons.</summary>
    public void Add(string path, string what) => _all.Add(new ValidationError(path, what));

    /// <summary>Notes an error unless the condition holds.</summary>
    public void Require([DoesNotReturnIf(false)] bool condition, string path, string what)
    {
        if (!condition)
        {
            Add(path, what);
        }
    }
}

/// <summary>The configuration's candidate sections while they are checked, so that one section's check can look at another's.</summary>
public interface ISettingsCandidates
{
    /// <summary>The raw configuration.</summary>
    IConfiguration Configuration { get; }

    /// <summary>Another section as it would become.</summary>
    T Get<T>()
        where T : class;
}

/// <summary>The start was refused: every error, by path; and what nothing reads, which is often where a missing setting went.</summary>
public sealed class InvalidConfigurationException(IReadOnlyList<ValidationError> errors, IReadOnlyList<ValidationError>? unread = null)
    : Exception(
        "The configuration is not complete or not correct:\n" + string.Join('\n', errors.Concat(unread ?? []).Select(m => "  " + m)))
{
    /// <summary>What was found.</summary>
    public IReadOnlyList<ValidationError> Errors { get; } = errors;
}
