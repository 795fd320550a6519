// Every limit of the formats and queues in one place. On-chain parameters may be lower, never
// higher. Each limit has a test that meets it. Sizes in bytes unless the name says otherwise.
// Thread rule: constants.
#pragma once

#include <cstddef>
#include <cstdint>

namespace galen::limits {

// Transactions
inline constexpr std::size_t kMaxOperationsPerTransaction = 256;
inline constexpr std::size_t kMaxOperationBytes = 16 * 1024;
inline constexpr std::size_t kMaxAuthorisationsPerOperation = 4;
/// LogAccess never fails (PRIVACY.md 21), so what many of them cost cannot end their transaction.
inline constexpr std::size_t kMaxAccessesPerTransaction = 8;
inline constexpr std::size_t kMaxTransactionBytes = 256 * 1024;
inline constexpr std::uint64_t kMaxValidityMs = 10 * 60 * 1000;
inline constexpr std::uint16_t kMaxLanes = 64;
inline constexpr std::uint64_t kNonceWindow = 4096;

// Blocks and consensus
inline constexpr std::size_t kMaxBlockBytes = 4 * 1024 * 1024;
inline constexpr std::size_t kMaxTransactionsPerBlock = 4096;
inline constexpr std::size_t kMaxOperationsPerBlock = 8192;
/// Units of execution::Work. A block stops before the transaction that follows the limit; one of
/// log entries never fails for what it cost.
inline constexpr std::uint64_t kMaxWorkPerBlock = 500'000;
inline constexpr std::uint64_t kMaxWorkPerTransaction = 250'000;
/// What genesis may allow: an operation that looks at all of them fits a transaction.
inline constexpr std::uint32_t kMaxGrantsPerPatient = 50'000;
inline constexpr std::size_t kMinValidators = 4;
inline constexpr std::size_t kMaxValidators = 100;
inline constexpr std::size_t kMaxPeerMessageBytes = kMaxBlockBytes + 64 * 1024;

// Genesis and organisations
inline constexpr std::size_t kMaxOrganisations = 1000;
inline constexpr std::size_t kMaxKeysPerAccount = 16;
inline constexpr std::size_t kMaxNameBytes = 64;
inline constexpr std::size_t kMaxGenesisBytes = 4 * 1024 * 1024;
inline constexpr std::size_t kMaxPolicies = 64;
inline constexpr std::size_t kMaxStatutoryRules = 64;
inline constexpr std::size_t kMaxLabelObligations = 256;
inline constexpr std::size_t kMaxRolePurposes = 256;
inline constexpr std::size_t kMaxPurposeLimits = 64;

// Consent and records
inline constexpr std::size_t kMaxPurposes = 32;
inline constexpr std::size_t kMaxLabels = 16;
inline constexpr std::size_t kMaxLabelBytes = 32;
inline constexpr std::size_t kMaxDataLimits = 64;
inline constexpr std::size_t kMaxRegions = 8;
inline constexpr std::size_t kMaxSupersedes = 16;
inline constexpr std::size_t kMaxRecordVersions = 256;  ///< of one line of versions
inline constexpr std::size_t kMaxAuthors = 16;
inline constexpr std::size_t kMaxRelated = 16;
inline constexpr std::size_t kMaxCodeBytes = 16;
inline constexpr std::size_t kMaxMimeBytes = 64;
inline constexpr std::size_t kMaxRecordsPerAccess = 64;
inline constexpr std::size_t kMaxRecordsInScope = 64;  ///< of an emergency, a hold or an export
inline constexpr std::uint64_t kMaxAccessRequestMs = 10 * 60 * 1000;

// Identity, groups and erasure
inline constexpr std::size_t kMaxGuardians = 8;
/// All guardians of one recovery sign one operation.
inline constexpr std::size_t kMaxRecoveryThreshold = kMaxAuthorisationsPerOperation;
inline constexpr std::uint64_t kMaxCoolingOffMs = std::uint64_t{90} * 24 * 60 * 60 * 1000;
inline constexpr std::size_t kMaxGroupOrganisations = 128;
inline constexpr std::size_t kMaxRetainedItems = 16;
inline constexpr std::size_t kMaxHoldsPerPatient = 16;

// Pool
inline constexpr std::size_t kMaxPoolTransactions = 20'000;
inline constexpr std::size_t kMaxPoolBytes = 64 * 1024 * 1024;
inline constexpr std::size_t kMaxPoolPerSubmitter = 10'000;
inline constexpr std::size_t kMaxPoolBytesPerSubmitter = 32 * 1024 * 1024;

// Payloads
inline constexpr std::uint32_t kPayloadChunkBytes = 1024 * 1024;
inline constexpr std::uint32_t kMinPayloadChunkBytes = 4 * 1024;
inline constexpr std::uint64_t kMaxPayloadBytes = std::uint64_t{4} * 1024 * 1024 * 1024;
inline constexpr std::uint64_t kReleaseWindowMs = 60 * 1000;

// Peers
inline constexpr std::size_t kMaxPeerQueueBytes = 32 * 1024 * 1024;
inline constexpr std::size_t kMaxPeerQueueMessages = 20'000;
inline constexpr std::size_t kMaxSyncBlocksPerReply = 64;
inline constexpr std::size_t kMaxBlocksVotedAtHeight = 64;

// Evidence: f members of the largest consortium never fill the store, so nobody's share crowds out
// another's.
inline constexpr std::size_t kMaxEvidencePerMember = 16;  ///< of one epoch
inline constexpr std::size_t kMaxEvidence = 1024;
inline constexpr std::size_t kMaxFailStopReasonBytes = 1024;
static_assert((kMaxValidators - 1) / 3 * kMaxEvidencePerMember <= kMaxEvidence);

}  // namespace galen::limits
