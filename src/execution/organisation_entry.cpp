#include "base/check.h"
#include "base/limits.h"
#include "codec/codec.h"
#include "execution/executor.h"

namespace galen::execution {

namespace {

constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kRegionBytes = 2;

}  // namespace

Bytes OrganisationEntry::encode() const {
  codec::Writer w(256);
  w.u16(kVersion).raw(id).text(name).enumeration(kind).text(region).boolean(active);
  w.count(signing_keys.size());
  for (const PublicKey& key : signing_keys) w.raw(key);
  w.raw(agreement_key).raw(tls_key);
  return std::move(w).take();
}

Result<OrganisationEntry> OrganisationEntry::decode(BytesView bytes) {
  codec::Reader r(bytes, "organisation entry");
  if (r.u16() != kVersion) r.fail_with("unknown version");
  OrganisationEntry entry;
  entry.id = r.fixed<AccountId>();
  entry.name = r.text(limits::kMaxNameBytes);
  entry.kind = r.enumeration<ledger::OrganisationKind>(
      [](ledger::OrganisationKind k) { return ledger::is_valid(k); });
  entry.region = r.text(kRegionBytes);
  entry.active = r.boolean();
  const std::size_t keys = r.count(limits::kMaxKeysPerAccount);
  for (std::size_t i = 0; i < keys; ++i) entry.signing_keys.push_back(r.fixed<PublicKey>());
  entry.agreement_key = r.fixed<PublicKey>();
  entry.tls_key = r.fixed<PublicKey>();
  GALEN_TRY_STATUS(r.finish());
  return entry;
}

std::optional<OrganisationEntry> OrganisationEntry::load(const StateReader& state,
                                                         const AccountId& id) {
  const std::optional<Bytes> stored =
      state.get(ledger::StateKey::main(ledger::KeyKind::kOrganisation, id));
  if (!stored) return std::nullopt;
  Result<OrganisationEntry> entry = decode(*stored);
  CHECK(entry.has_value(), "an organisation in state decodes: the state is damaged");
  return *std::move(entry);
}

}  // namespace galen::execution
