// Tags that stand in records and grants in the place of sensitivity labels, so that only who has
// the patient's label key reads them (PRIVACY.md 35, docs/consent.md "Labels"). A custodian keeps
// one secret; each patient's key is derived from it, so equal labels of two patients have unlike
// tags. FROZEN (docs/formats.md). Thread rule: values and pure functions.
#pragma once

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace galen::ledger {

/// One patient's.
struct LabelKey {
  PatientId patient;
  std::uint32_t id = 0;  ///< of the secret it comes from: labels_key_id
  Digest key;
  friend bool operator==(const LabelKey&, const LabelKey&) = default;

  /// 32 lower-case hexadecimal digits: the first half of HMAC(key, "label" || label).
  [[nodiscard]] std::string tag(std::string_view label) const;

  /// The text of a key file, for whoever gives grants for the patient. Its last word is a check:
  /// tags under a key with one wrong digit would match nothing, and a denial by them would deny
  /// nobody.
  [[nodiscard]] std::string file_text(const ChainId& chain) const;
  /// kMalformed; kWrongChain when the check does not fit: a digit is wrong, or it is of another
  /// chain.
  [[nodiscard]] static Result<LabelKey> parse(std::string_view text, const ChainId& chain);
};

/// A custodian's secrets, the present one first.
class LabelSecrets {
 public:
  LabelSecrets() = default;
  LabelSecrets(const LabelSecrets&) = default;
  LabelSecrets(LabelSecrets&&) = default;
  LabelSecrets& operator=(const LabelSecrets&) = default;
  LabelSecrets& operator=(LabelSecrets&&) = default;
  ~LabelSecrets();

  /// 64 hexadecimal digits a line; lines that begin with # and empty ones are left out. kMalformed:
  /// another line, the same secret twice, none.
  [[nodiscard]] static Result<LabelSecrets> parse(std::string_view text);

  /// The text of a file with one secret.
  [[nodiscard]] static std::string file_text(const Random32& secret);

  [[nodiscard]] bool empty() const { return secrets_.empty(); }

  /// The key under which labels of the patient are written now. REQUIRES: not empty.
  [[nodiscard]] LabelKey present(const ChainId& chain, const PatientId& patient) const;

  /// The key that older tags were made with; nullopt when it is none of these.
  [[nodiscard]] std::optional<LabelKey> find(const ChainId& chain,
                                             const PatientId& patient,
                                             std::uint32_t id) const;

 private:
  std::vector<Random32> secrets_;
};

}  // namespace galen::ledger
