using System.Net;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Uploads.Audio;
using Siro.Gateway.Uploads.Metadata;

namespace Siro.Gateway.Uploads.Steps;

/// <summary>The recording that Siro made.</summary>
internal sealed record CreatedRecording(string RecordingId, string Contract, IReadOnlyList<UploadWarning> Warnings);

/// <summary>
/// Step 3: creates the recording, by the first contract that Siro's platform serves. Siro knows no idempotency key, so a request
/// that may have been acted on is never sent again: only a refusal, or a connection that was never made, is certain.
/// </summary>
internal sealed class CreateStep(SiroClient siro, ISettings<UploadsOptions> options, ContractMemory memory, TimeProvider time)
{
    /// <summary>Longer than the budget may make it wait, so that it does not end in doubt before it was sent.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(100);

    /// <summary>Tries each contract once.</summary>
    /// <param name="mayGoOn">Asked before each request: false when the job is another's by now.</param>
    public async Task<StepResult<CreatedRecording>> CreateAsync(
        UploadOwner owner, UploadMetadata metadata, AudioFormat format, Secret downloadUrl, Func<bool> mayGoOn,
        CancellationToken cancellationToken)
    {
        StepFailure? best = null;
        foreach (var contract in await memory.InOrderAsync(owner.Organization, options.Current.EffectiveContracts, cancellationToken))
        {
            if (!mayGoOn())
            {
                throw new OperationCanceledException("The upload's lease was lost.");
            }

            List<UploadWarning> warnings = [.. CreateBody.Silent(metadata)];
            var (answer, failure) = await SendAsync(
                owner, contract, CreateBody.Build(contract, metadata, format, downloadUrl, warnings), cancellationToken);
            if (failure is not null)
            {
                return failure;
            }

            if (answer!.IsSuccess)
            {
                // A success without an id: the recording is there, but which one it is only a person can find out.
                if ((answer.Data("recordingId") ?? answer.Data("id")) is not { Length: > 0 } id)
                {
                    return StepFailure.Of(SiroOutcome.UnreadableAnswer, "took the recording but did not say its id",
                        repeatable: false) with { Upstream = (int)answer.Status };
                }

                await memory.WorkedAsync(owner.Organization, contract, cancellationToken);
                return new CreatedRecording(id, contract.Name, warnings);
            }

            if (!ContractRefusal.Is(answer, options.Current.EffectiveContracts))
            {
                return answer.Failure("the recording", repeatable: false);
            }

            // Of several refusals the one with issues says more than "no such path".
            best = best?.Siro is not null && answer.Status is HttpStatusCode.NotFound
                ? best
                : answer.Failure("the recording", repeatable: false);
        }

        return best is { Code: "siro_rejected" } ? best
            : new StepFailure(StepVerdict.Refused, 502, "siro_contract_unknown", "Siro serves none of Uploads:Contracts.") {
                Upstream = best?.Upstream, Siro = best?.Siro };
    }

    private async Task<(StepAnswer? Answer, StepFailure? Failure)> SendAsync(
        UploadOwner owner, UploadContract contract, System.Text.Json.Nodes.JsonObject body, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body));
            content.Headers.ContentType = new("application/json");
            var request = owner.Request("POST " + contract.Path, idempotent: false);
            using var response = await siro.SendAsync(request, HttpMethod.Post, contract.Path, content, both.Token);
            var answer = await StepAnswer.ReadAsync(response, time, both.Token);
            siro.Contracts.Compare(request, (int)answer.Status, answer.Body);
            return (answer, null);
        }
        catch (ProblemException e)
        {
            return (null, StepFailure.Of(e));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return (null,
                StepFailure.Of(
                SiroOutcome.Of(e), "did not answer the creation of the recording: " + SiroOutcome.Of(e).When, repeatable: false));
        }
        catch (OperationCanceledException)
        {
            // Cancelled from outside (shutdown, a lost lease) it is just as uncertain: the request may be under way.
            return (null, StepFailure.Of(SiroOutcome.Timeout, "did not answer the creation of the recording", repeatable: false));
        }
    }
}
