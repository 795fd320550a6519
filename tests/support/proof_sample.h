// A small consortium with known keys, and state proofs over a state with one grant, built without
// the node's code. For tests of what clients verify.
#pragma once

#include "crypto/keys.h"
#include "ledger/block.h"
#include "ledger/genesis.h"
#include "ledger/operation.h"
#include "ledger/proof.h"
#include "ledger/state_key.h"

#include <algorithm>
#include <string>

namespace galen::support {

inline crypto::PrivateKey numbered_key(std::uint8_t group, std::uint8_t number) {
  Bytes scalar(32, 0);
  scalar[30] = group;
  scalar[31] = number;
  return *crypto::PrivateKey::from_scalar(scalar);
}

/// hospital-1 .. hospital-4; all keys derived from their numbers.
inline ledger::Genesis sample_genesis() {
  using ledger::KeyUse;
  ledger::Genesis genesis;
  genesis.name = "sample";
  genesis.time = TimeMs{1'700'000'000'000};
  genesis.parameters = ledger::default_parameters();
  for (std::uint8_t i = 1; i <= 4; ++i) {
    ledger::GenesisOrganisation member;
    const auto possess = [&](KeyUse use, const crypto::PrivateKey& key) {
      return key.sign(ledger::possession_statement(use, member.id, key.public_key()));
    };
    member.signing_key = numbered_key(1, i).public_key();
    member.id = ledger::organisation_id(member.signing_key);
    member.name = "hospital-" + std::to_string(i);
    member.region = "DE";
    member.agreement_key = numbered_key(2, i).public_key();
    member.tls_key = numbered_key(3, i).public_key();
    member.signing_possession = possess(KeyUse::kSigning, numbered_key(1, i));
    member.agreement_possession = possess(KeyUse::kAgreement, numbered_key(2, i));
    member.tls_possession = possess(KeyUse::kTls, numbered_key(3, i));
    ledger::GenesisValidator validator;
    validator.organisation = member.id;
    validator.consensus_key = numbered_key(4, i).public_key();
    validator.tls_key = numbered_key(5, i).public_key();
    validator.receipt_key = numbered_key(6, i).public_key();
    validator.consensus_possession = possess(KeyUse::kConsensus, numbered_key(4, i));
    validator.tls_possession = possess(KeyUse::kTls, numbered_key(5, i));
    validator.receipt_possession = possess(KeyUse::kReceipt, numbered_key(6, i));
    genesis.organisations.push_back(member);
    genesis.validators.push_back(validator);
  }
  std::sort(genesis.organisations.begin(),
            genesis.organisations.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  return genesis;
}

/// By three of the four validators.
inline ledger::Certificate certificate_of(const ledger::BlockHeader& header) {
  ledger::Certificate certificate;
  certificate.subject = {
      Epoch{0}, ledger::VoteType::kCommit, View{0}, header.height, ledger::block_hash(header)};
  const Bytes statement = ledger::vote_statement(header.chain, certificate.subject);
  for (std::uint8_t i = 0; i < 3; ++i) {
    certificate.signatures[ValidatorIndex{i}] =
        numbered_key(4, static_cast<std::uint8_t>(i + 1)).sign(statement);
  }
  return certificate;
}

/// A header with this state root, certified by three of the four validators.
inline void certify(ledger::StateProof& proof,
                    const ledger::Genesis& genesis,
                    const Digest& root,
                    Height height = Height{7}) {
  proof.header.chain = ledger::chain_id(genesis);
  proof.header.height = height;
  proof.header.time = TimeMs{1'700'000'100'000};
  proof.header.state_root = root;
  proof.header.validators = ledger::validators_hash(ledger::validator_set(genesis));
  proof.header.next_validators = proof.header.validators;
  proof.certificate = certificate_of(proof.header);
}

/// Proof about `asked` in a state whose only leaf is `stored` = `value`, in a patient's clinical or
/// audit tree. Present when both keys are equal. REQUIRES: both of the same tree.
inline ledger::StateProof prove_single_leaf(const ledger::Genesis& genesis,
                                            const ledger::StateKey& stored,
                                            const Bytes& value,
                                            const ledger::StateKey& asked) {
  const Digest s = ledger::leaf_salt(Random32{}, stored.hash());
  const ledger::LeafContent leaf{
      stored.hash(), ledger::value_commitment(s, value), Height{5}, Digest{}};
  const Digest subtree_root = leaf.hash();
  const bool audit = stored.tree.kind == ledger::TreeKind::kAudit;
  const auto root_kind = audit ? ledger::KeyKind::kAuditRoot : ledger::KeyKind::kSubjectRoot;
  const auto subject = ledger::StateKey::main(root_kind, stored.tree.subject);
  const ledger::LeafContent root_leaf{
      subject.hash(), ledger::value_commitment(Digest{}, subtree_root), Height{5}, Digest{}};
  ledger::StateProof proof;
  proof.key = asked;
  proof.main_path.leaf = root_leaf;
  proof.subtree_root = subtree_root;
  proof.subtree_path = ledger::TreePath{{}, leaf};
  if (asked == stored) proof.opening = ledger::ValueOpening{s, value};
  certify(proof, genesis, root_leaf.hash());
  return proof;
}

/// The same of a key of the main tree, which is present.
inline ledger::StateProof prove_main_leaf(const ledger::Genesis& genesis,
                                          const ledger::StateKey& key,
                                          const Bytes& value,
                                          Height height = Height{7}) {
  const Digest s = ledger::leaf_salt(Random32{}, key.hash());
  const ledger::LeafContent leaf{
      key.hash(), ledger::value_commitment(s, value), Height{5}, Digest{}};
  ledger::StateProof proof;
  proof.key = key;
  proof.main_path.leaf = leaf;
  proof.opening = ledger::ValueOpening{s, value};
  certify(proof, genesis, leaf.hash(), height);
  return proof;
}

}  // namespace galen::support
