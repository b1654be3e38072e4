namespace Siro.Gateway.Benchmarks.Hosting;

/// <summary>Programs of the machine that a run uses where they are installed.</summary>
internal static class Tools
{
    /// <summary>The full path of <paramref name="program"/>, or null where the PATH has none.</summary>
    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Append("/usr/sbin")
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);

    /// <summary>The full path, or an end of the run that says how to get it.</summary>
    public static string Need(string program, string package) => Find(program)
        ?? throw new BenchmarkException($"{program} is not installed. On Debian: apt-get install {package}.");
}

/// <summary>A run that cannot start or whose figures would mean nothing. The message is for the reader of the console.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
