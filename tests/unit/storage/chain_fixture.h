// A chain of small real blocks for storage tests: signed transactions of one hospital, executed by
// an application that writes a value per operation. Thread rule: one thread.
#pragma once

#include "crypto/keys.h"
#include "execution/executor.h"
#include "ledger/block.h"
#include "ledger/genesis.h"
#include "ledger/transaction.h"
#include "storage/database.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace galen::storage {

/// A clock that stands.
inline WallClock at(TimeMs time) {
  return [time] { return time; };
}

/// A directory of its own, removed with everything in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

[[nodiscard]] ledger::Genesis test_genesis(std::string name = "test");

[[nodiscard]] Options test_options(const std::filesystem::path& path);

/// A block, executed and certified by three of four validators.
struct TestBlock {
  ledger::BlockHeader header;
  ledger::Certificate certificate;
  std::vector<ledger::DecodedTransactionPtr> transactions;
  execution::BlockOutcome outcome;

  [[nodiscard]] CommitBatch batch(std::uint64_t journal_sequence) const {
    return {header, certificate, transactions, outcome, journal_sequence};
  }
};

/// Makes transactions and blocks. Everything is a function of the calls made before.
class TestChain {
 public:
  TestChain();

  [[nodiscard]] const ledger::Genesis& genesis() const { return genesis_; }

  [[nodiscard]] const ChainId& chain() const { return chain_; }

  [[nodiscard]] static PatientId patient(std::uint32_t number);
  [[nodiscard]] static RecordId record(std::uint32_t number);

  /// RegisterPatient: from then on his clinical tree says whose it is.
  [[nodiscard]] ledger::DecodedTransactionPtr enrol(std::uint32_t patient);
  /// AppendRecord for the patient, and, `with_access`, nothing else: one operation.
  [[nodiscard]] ledger::DecodedTransactionPtr append(std::uint32_t patient, std::uint32_t record);
  /// Two patients in one transaction.
  [[nodiscard]] ledger::DecodedTransactionPtr append_two(std::uint32_t patient_a,
                                                         std::uint32_t patient_b,
                                                         std::uint32_t record);
  /// GrantAccess of about 2 KiB.
  [[nodiscard]] ledger::DecodedTransactionPtr grant(std::uint32_t patient, std::uint32_t number);
  /// LogAccess: the audit compartment.
  [[nodiscard]] ledger::DecodedTransactionPtr access(std::uint32_t patient, std::uint32_t record);

  /// LinkPatient, in the order that it wants.
  [[nodiscard]] ledger::DecodedTransactionPtr link(std::uint32_t patient_a,
                                                   std::uint32_t patient_b);
  [[nodiscard]] ledger::DecodedTransactionPtr unlink(std::uint32_t patient_a,
                                                     std::uint32_t patient_b);

  /// Orders: the root, or the record's leaf, goes, and a tombstone stays.
  [[nodiscard]] ledger::DecodedTransactionPtr erase_patient(std::uint32_t patient,
                                                            ledger::ErasureScope scope,
                                                            std::uint64_t operations = 0);
  [[nodiscard]] ledger::DecodedTransactionPtr erase_record(std::uint32_t patient,
                                                           std::uint32_t record,
                                                           std::uint64_t operations = 0);

  /// Executes on the database's head.
  [[nodiscard]] TestBlock block(const Database& database,
                                std::vector<ledger::DecodedTransactionPtr> transactions) const;

 private:
  template <class Operation>
  [[nodiscard]] ledger::DecodedTransactionPtr about_two(std::uint32_t patient_a,
                                                        std::uint32_t patient_b);
  [[nodiscard]] ledger::DecodedTransactionPtr finish(ledger::TransactionBuilder builder);

  ledger::Genesis genesis_;
  ChainId chain_;
  crypto::PrivateKey key_;
  std::uint64_t sequence_ = 0;
  std::unique_ptr<RandomSource> random_;
};

}  // namespace galen::storage
