// What consensus must know of a block before it counts a vote for it (SAF-5): everything the hash
// binds is recomputed from the received bytes, bodies included, so equal hashes mean equal blocks.
// Thread rule: any thread, as the Transactions port.
#pragma once

#include "base/result.h"
#include "engine/ports.h"
#include "pbft/verified.h"

namespace galen::engine {

/// Hashes are compared before signatures are verified: an invented block costs its sender's bytes
/// only. kMalformed, kTooLarge, kWrongChain; kInvalidArgument when it is not the `expected` one;
/// kInvalidArgument when a body is erased or the transactions root is another one; errors of a
/// transaction that does not decode or verify.
[[nodiscard]] Result<pbft::BlockInfo> inspect_block(const ChainId& chain,
                                                    const pbft::SharedBytes& block,
                                                    Transactions& transactions,
                                                    Standing standing = Standing::kProposed,
                                                    const BlockHash* expected = nullptr);

/// Whether this is the block of that hash and bodies of it are erased: what else is there was
/// compared with its header. Costs as much as decoding it: to be asked when it did not pass
/// inspect_block.
[[nodiscard]] bool is_erased_block(const ChainId& chain, BytesView block, const BlockHash& hash);

/// What a block claims to be: the hash of its header, nothing else of it checked. kMalformed,
/// kTooLarge.
[[nodiscard]] Result<BlockHash> hash_of_body(BytesView block);

/// Whether the certificate makes this block final: COMMITs, for its height and hash. A certificate
/// of PREPAREs for the same block proves nothing. Signatures are the verifier's business.
[[nodiscard]] bool makes_final(const ledger::Certificate& certificate,
                               const pbft::BlockInfo& block);

/// The block's transactions, decoded, in order; `memo_keys` receives what was verified.
[[nodiscard]] Result<std::vector<ledger::DecodedTransactionPtr>> resolve_transactions(
    const ledger::Block& block,
    Transactions& transactions,
    std::vector<Digest>& memo_keys,
    Standing standing = Standing::kProposed);

}  // namespace galen::engine
