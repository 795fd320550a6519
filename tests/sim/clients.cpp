#include "sim/clients.h"

#include "base/check.h"
#include "base/limits.h"

#include <algorithm>
#include <utility>

namespace galen::sim {

namespace {

/// Almost all a transaction may have, so that what the first phase leaves can commit in the second.
constexpr std::uint64_t kValidityMs = limits::kMaxValidityMs - 20'000;
/// Nobody waits for more; what is beyond is not signed.
constexpr std::size_t kMaxOpen = 300;

TimeMs time_at(Micros now) {
  return TimeMs{kGenesisMs + 1000 + now / 1000};
}

}  // namespace

Clients::Clients(const Consortium& consortium, const Mix& mix, Invariants& invariants, Rng rng)
    : consortium_(consortium),
      mix_(mix),
      invariants_(invariants),
      rng_(rng),
      workload_(
          consortium,
          [&invariants](const ledger::BodiesOf& bodies) { return invariants.count(bodies); },
          [&invariants](const AccountId& id) { return invariants.keys(id); }),
      sequences_(consortium.size()) {}

ledger::Nonce Clients::next_nonce(std::size_t hospital) {
  std::uint64_t& sequence = sequences_[hospital];
  sequence += rng_.below(20) == 0 ? rng_.between(2, 40) : 1;  // gaps are allowed
  return {static_cast<std::uint16_t>(rng_.below(4)), sequence};
}

Bytes Clients::sign(std::size_t hospital, Micros now, std::uint64_t valid_ms, ledger::Nonce nonce) {
  const TimeMs time = time_at(now);
  return workload_.next(hospital, nonce, time, TimeMs{time.value + valid_ms}, rng_);
}

std::optional<PublicKey> Clients::standing_key(const ledger::Transaction& transaction) const {
  const ledger::TransactionHeader& header = transaction.header;
  const std::vector<PublicKey>& keys = invariants_.keys(header.submitter);
  if (header.key_index >= keys.size()) return std::nullopt;
  const PublicKey& key = keys[header.key_index];
  const bool stands = crypto::verify(key, ledger::signing_bytes(header), transaction.signature);
  return stands ? std::optional(key) : std::nullopt;
}

bool Clients::is_lost(const Wanted& wanted) const {
  return invariants_.keys(wanted.submitter).at(wanted.key_index) != wanted.key;
}

std::size_t Clients::keep(Bytes bytes, Micros now, std::uint64_t valid_ms) {
  const auto decoded = ledger::decode_and_check(bytes, consortium_.chain);
  CHECK(decoded.has_value(), "clients sign what decodes");
  const ledger::TransactionHeader& header = (*decoded)->transaction.header;
  const auto key = standing_key((*decoded)->transaction);
  CHECK(key.has_value(), "the key stands");
  const TimeMs until{time_at(now).value + valid_ms};
  wanted_.push_back({std::move(bytes),
                     (*decoded)->id,
                     until,
                     header.submitter,
                     header.key_index,
                     *key,
                     now,
                     false});
  return wanted_.size() - 1;
}

std::size_t Clients::want(std::size_t hospital, Micros now, std::optional<std::uint64_t> sequence) {
  const ledger::Nonce nonce =
      sequence ? ledger::Nonce{0, *sequence} : ledger::Nonce{0, ++sequences_[hospital]};
  const TimeMs until{time_at(now).value + kValidityMs};
  return keep(workload_.new_patient(hospital, nonce, until, rng_), now, kValidityMs);
}

std::size_t Clients::want_erasure(std::size_t hospital, Micros now) {
  const TimeMs time = time_at(now);
  const TimeMs until{time.value + kValidityMs};
  const ledger::Nonce nonce{0, ++sequences_[hospital]};
  return keep(workload_.erase_newest(hospital, nonce, time, until, rng_), now, kValidityMs);
}

std::size_t Clients::want_step(
    Step step, std::size_t hospital, std::size_t to, Micros now, Micros length) {
  const TimeMs time = time_at(now);
  const TimeMs until{time.value + kValidityMs};
  const ledger::Nonce nonce{0, ++sequences_[hospital]};
  const Workload::Directed wanted{step, hospital, to, TimeMs{time.value + length / 1000}};
  return keep(workload_.directed(wanted, nonce, time, until, rng_), now, kValidityMs);
}

void Clients::send(std::size_t hospital,
                   const Bytes& bytes,
                   const std::vector<std::size_t>& reachable,
                   const Submit& submit) {
  if (reachable.empty()) return;
  if (rng_.chance(mix_.send_to_all)) {
    for (const std::size_t process : reachable) submit(process, bytes);
    return;
  }
  const bool own = rng_.below(2) == 0 &&
                   std::find(reachable.begin(), reachable.end(), hospital) != reachable.end();
  const std::size_t to = own ? hospital : reachable[rng_.below(reachable.size())];
  submit(to, bytes);
  if (rng_.chance(mix_.duplicate_submit)) submit(to, bytes);
}

void Clients::act(std::size_t hospital,
                  Micros now,
                  const std::vector<std::size_t>& reachable,
                  const Submit& submit) {
  if (wanted_.size() - first_open_ > kMaxOpen) return;
  const ledger::Nonce nonce = next_nonce(hospital);
  if (rng_.chance(mix_.conflicting)) {
    const Bytes first = sign(hospital, now, kValidityMs, nonce);
    const Bytes second = sign(hospital, now, kValidityMs, nonce);
    for (const std::size_t process : reachable)
      submit(process, rng_.below(2) == 0 ? first : second);
    return;
  }
  const std::uint64_t valid_ms = rng_.chance(mix_.expiring) ? rng_.below(8000) : kValidityMs;
  Bytes bytes = sign(hospital, now, valid_ms, nonce);
  if (rng_.chance(mix_.garbage)) {
    Bytes broken = bytes;
    broken[rng_.below(broken.size())] ^= static_cast<std::uint8_t>(1U << rng_.below(8));
    send(hospital, broken, reachable, submit);
    return;
  }
  send(hospital, bytes, reachable, submit);
  if (valid_ms != kValidityMs || rng_.chance(mix_.abandoned)) return;
  const auto decoded = ledger::decode_and_check(bytes, consortium_.chain);
  if (!standing_key((*decoded)->transaction)) return;
  wanted_[keep(std::move(bytes), now, valid_ms)].next_send = now + rng_.between(2, 6) * 1'000'000;
}

void Clients::repeat(Micros now, const std::vector<std::size_t>& reachable, const Submit& submit) {
  for (std::size_t i = first_open_; i < wanted_.size(); ++i) {
    Wanted& wanted = wanted_[i];
    if (wanted.done) continue;
    if (invariants_.committed(wanted.id) || is_lost(wanted)) {
      wanted.done = true;
      continue;
    }
    if (now < wanted.next_send || reachable.empty()) continue;
    wanted.next_send = now + rng_.between(2, 6) * 1'000'000;
    submit(reachable[rng_.below(reachable.size())], wanted.bytes);
  }
  while (first_open_ < wanted_.size() && wanted_[first_open_].done) ++first_open_;
}

std::size_t Clients::pending(Micros now) const {
  const TimeMs time = time_at(now);
  std::size_t open = 0;
  for (std::size_t i = first_open_; i < wanted_.size(); ++i) {
    const Wanted& wanted = wanted_[i];
    if (wanted.done || wanted.valid_until <= time) continue;
    if (!invariants_.committed(wanted.id) && !is_lost(wanted)) ++open;
  }
  return open;
}

Micros Clients::next_action() {
  return rng_.about(60'000'000 / mix_.transactions_per_minute) + 1;
}

}  // namespace galen::sim
