#include "ledger/genesis.h"

#include "base/limits.h"
#include "crypto/digest.h"
#include "ledger/fields.h"

namespace galen::ledger {

namespace {

using codec::Reader;
using codec::Writer;

constexpr std::uint16_t kGenesisVersion = 1;

bool ascending_ids(const std::vector<GenesisOrganisation>& list) {
  for (std::size_t i = 1; i < list.size(); ++i) {
    if (!(list[i - 1].id < list[i].id)) return false;
  }
  return true;
}

void write(Writer& w, const GenesisOrganisation& o) {
  w.raw(o.id).text(o.name).enumeration(o.kind).text(o.region);
  w.raw(o.signing_key).raw(o.agreement_key).raw(o.tls_key);
  w.raw(o.signing_possession).raw(o.agreement_possession).raw(o.tls_possession);
}

GenesisOrganisation read_organisation(Reader& r) {
  GenesisOrganisation o;
  o.id = r.fixed<AccountId>();
  o.name = fields::read_name(r);
  o.kind = fields::read_enumeration<OrganisationKind>(r);
  o.region = fields::read_region(r);
  o.signing_key = r.fixed<PublicKey>();
  o.agreement_key = r.fixed<PublicKey>();
  o.tls_key = r.fixed<PublicKey>();
  o.signing_possession = r.fixed<Signature>();
  o.agreement_possession = r.fixed<Signature>();
  o.tls_possession = r.fixed<Signature>();
  return o;
}

void write(Writer& w, const GenesisValidator& v) {
  w.raw(v.organisation).raw(v.consensus_key).raw(v.tls_key).raw(v.receipt_key);
  w.raw(v.consensus_possession).raw(v.tls_possession).raw(v.receipt_possession);
}

GenesisValidator read_validator(Reader& r) {
  GenesisValidator v;
  v.organisation = r.fixed<AccountId>();
  v.consensus_key = r.fixed<PublicKey>();
  v.tls_key = r.fixed<PublicKey>();
  v.receipt_key = r.fixed<PublicKey>();
  v.consensus_possession = r.fixed<Signature>();
  v.tls_possession = r.fixed<Signature>();
  v.receipt_possession = r.fixed<Signature>();
  return v;
}

}  // namespace

AccountId organisation_id(const PublicKey& signing_key) {
  return id_cast<AccountId>(crypto::tagged("organisation", signing_key));
}

Bytes encode(const Genesis& genesis) {
  Writer w;
  w.u16(genesis.version).text(genesis.name).counter(genesis.time);
  fields::write(w, genesis.parameters);
  w.count(genesis.organisations.size());
  for (const GenesisOrganisation& organisation : genesis.organisations) write(w, organisation);
  w.count(genesis.validators.size());
  for (const GenesisValidator& validator : genesis.validators) write(w, validator);
  return std::move(w).take();
}

Result<Genesis> decode_genesis(BytesView bytes) {
  if (bytes.size() > limits::kMaxGenesisBytes) {
    return fail(ErrorCode::kTooLarge,
                "genesis: " + std::to_string(bytes.size()) + " bytes, the limit is " +
                    std::to_string(limits::kMaxGenesisBytes));
  }
  Reader r(bytes, "genesis");
  Genesis genesis;
  genesis.version = r.u16();
  if (!r.failed() && genesis.version != kGenesisVersion) {
    r.fail_with("version " + std::to_string(genesis.version) + " is not supported");
  }
  genesis.name = fields::read_name(r);
  genesis.time = r.counter<TimeMs>();
  genesis.parameters = fields::read_parameters(r);
  const std::size_t organisations = r.count(limits::kMaxOrganisations);
  for (std::size_t i = 0; i < organisations && !r.failed(); ++i) {
    genesis.organisations.push_back(read_organisation(r));
  }
  if (!ascending_ids(genesis.organisations)) {
    r.fail_with("organisations unsorted or twice the same");
  }
  const std::size_t validators = r.count(limits::kMaxValidators);
  for (std::size_t i = 0; i < validators && !r.failed(); ++i) {
    genesis.validators.push_back(read_validator(r));
  }
  return fields::finish(r, std::move(genesis));
}

ChainId chain_id(const Genesis& genesis) {
  return id_cast<ChainId>(crypto::tagged("genesis", encode(genesis)));
}

ValidatorSet validator_set(const Genesis& genesis) {
  ValidatorSet set;
  set.members.reserve(genesis.validators.size());
  for (const GenesisValidator& v : genesis.validators) {
    set.members.push_back(Validator{v.organisation, v.consensus_key, v.tls_key});
  }
  return set;
}

}  // namespace galen::ledger
