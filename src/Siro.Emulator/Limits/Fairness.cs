namespace Siro.Emulator.Limits;

/// <summary>Measures of how evenly something was shared.</summary>
public static class Fairness
{
    /// <summary>Jain's index of shares (each divided by its weight): 1 is even, 1/n is one taking all.</summary>
    public static double Jain(IReadOnlyCollection<double> shares)
    {
        var sum = shares.Sum();
        var squares = shares.Sum(s => s * s);
        return squares == 0 ? 1 : sum * sum / (shares.Count * squares);
    }
}
