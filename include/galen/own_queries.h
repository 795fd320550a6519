// What a patient may ask about himself through any member, and his custodian about him
// (docs/cli.md, "The patient himself"). Thread rule: values.
#pragma once

#include <string>

namespace galen::client {

/// What stands about one person.
struct PersonQuery {
  std::string person;    ///< id
  std::string as;        ///< the patient's own id; empty = the own organisation asks
  std::string key_file;  ///< the patient's signing key, when he holds it himself; then also `as`
};

struct ReceiptQuery {
  std::string grant;     ///< id
  std::string patient;   ///< id
  std::string as;        ///< the patient's own id; empty = his custodian makes it
  std::string key_file;  ///< the patient's signing key, when he holds it himself; then also `as`
};

/// Every form of ProofQuery::key, for messages.
[[nodiscard]] const char* proof_key_forms();

struct ProofQuery {
  std::string key;       ///< docs/cli.md, "Keys"
  std::string as;        ///< the patient's own id, for keys of himself; empty = the organisation
  std::string key_file;  ///< the patient's signing key, when he holds it himself; then also `as`
};

}  // namespace galen::client
