#include "ledger/label_tags.h"

#include "base/check.h"
#include "base/hex.h"
#include "codec/codec.h"
#include "crypto/digest.h"

#include <algorithm>
#include <sstream>
#include <utility>

namespace galen::ledger {
namespace {

constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kCheckBytes = 8;
constexpr std::string_view kKeyWord = "label-key";

std::uint32_t id_of(const Random32& secret) {
  const Digest hash = crypto::tagged("label-secret", secret);
  return codec::Reader(BytesView(hash).first(4), "label secret").u32();
}

LabelKey derive(const Random32& secret, const ChainId& chain, const PatientId& patient) {
  codec::Writer writer;
  writer.tag("label-key").raw(chain).raw(patient);
  return {patient, id_of(secret), crypto::hmac_sha256(secret, std::move(writer).take())};
}

std::string check_of(const LabelKey& key, const ChainId& chain) {
  crypto::Hasher hasher("label-key-file");
  hasher.raw(chain).u32(key.id).raw(key.patient).raw(key.key);
  return to_hex(BytesView(hasher.finish()).first(kCheckBytes));
}

Result<std::uint32_t> parse_key_id(const std::string& text) {
  std::uint64_t id = 0;
  for (const char c : text) {
    if (c < '0' || c > '9' || id > UINT32_MAX) id = std::uint64_t{UINT32_MAX} + 1;
    if (id <= UINT32_MAX) id = id * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (!text.empty() && id <= UINT32_MAX) return static_cast<std::uint32_t>(id);
  return fail(ErrorCode::kMalformed, "label key: '" + text + "' is no key id");
}

}  // namespace

std::string LabelKey::tag(std::string_view label) const {
  codec::Writer writer;
  writer.tag("label").text(label);
  const Digest mac = crypto::hmac_sha256(key, std::move(writer).take());
  return to_hex(BytesView(mac).first(kTagBytes));
}

std::string LabelKey::file_text(const ChainId& chain) const {
  return std::string(kKeyWord) + " " + std::to_string(id) + " " + to_hex(patient) + " " +
         to_hex(key) + " " + check_of(*this, chain) + "\n";
}

Result<LabelKey> LabelKey::parse(std::string_view text, const ChainId& chain) {
  std::istringstream words{std::string(text)};
  std::string word, id, patient, key, check, more;
  if (!(words >> word >> id >> patient >> key >> check) || word != kKeyWord || words >> more) {
    return fail(
        ErrorCode::kMalformed,
        "label key: needs one line 'label-key ID PATIENT KEY CHECK', as label export-key writes");
  }
  LabelKey result;
  GALEN_TRY(result.id, parse_key_id(id));
  GALEN_TRY(result.patient, fixed_from_hex<PatientId>(patient, "label key: patient"));
  GALEN_TRY(result.key, fixed_from_hex<Digest>(key, "label key: key"));
  if (check == check_of(result, chain)) return result;
  return fail(
      ErrorCode::kWrongChain,
      "label key: its check does not fit: a digit is wrong, or it is of another consortium");
}

LabelSecrets::~LabelSecrets() {
  for (Random32& secret : secrets_) crypto::cleanse(secret.value);
}

Result<LabelSecrets> LabelSecrets::parse(std::string_view text) {
  LabelSecrets secrets;
  std::istringstream lines{std::string(text)};
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (line.empty() || line.front() == '#') continue;
    const std::string where = "line " + std::to_string(number);
    const auto secret = fixed_from_hex<Random32>(line, where);
    if (!secret) return tl::unexpected(secret.error());
    const auto same = [&](const Random32& other) { return id_of(other) == id_of(*secret); };
    if (std::any_of(secrets.secrets_.begin(), secrets.secrets_.end(), same)) {
      return fail(ErrorCode::kMalformed, where + ": the same secret again");
    }
    secrets.secrets_.push_back(*secret);
  }
  if (secrets.empty()) return fail(ErrorCode::kMalformed, "no label secret in it");
  return secrets;
}

std::string LabelSecrets::file_text(const Random32& secret) {
  return "# From this secret come the label keys of all patients: keep it as long as the "
         "records.\n" +
         to_hex(secret) + "\n";
}

LabelKey LabelSecrets::present(const ChainId& chain, const PatientId& patient) const {
  CHECK(!empty(), "a secret to derive from");
  return derive(secrets_.front(), chain, patient);
}

std::optional<LabelKey> LabelSecrets::find(const ChainId& chain,
                                           const PatientId& patient,
                                           std::uint32_t id) const {
  for (const Random32& secret : secrets_) {
    if (id_of(secret) == id) return derive(secret, chain, patient);
  }
  return std::nullopt;
}

}  // namespace galen::ledger
