// Reads what a Millrace streams app wrote, with the classes that Kafka Streams itself reads with, and prints it a line a record:
//   java StreamsReader.java BOOTSTRAP PREFIX WINDOW_MS RESULTS
// `result`: a topic with windowed keys, through WindowedSerdes. `count`: a changelog of a timestamped key-value store, brought into such a store
// by Kafka Streams (a global table restores from it). `window`: a changelog of a window store, keys taken apart by WindowKeySchema.

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.state.*;
import org.apache.kafka.streams.state.internals.WindowKeySchema;

public class StreamsReader {
  public static void main(String[] args) throws Exception {
    String bootstrap = args[0], prefix = args[1], results = args[3];
    long windowMs = Long.parseLong(args[2]);
    results(bootstrap, results, windowMs);
    windows(bootstrap, prefix + "-windows-changelog", windowMs);
    counts(bootstrap, prefix, prefix + "-counts-changelog");
    metadata(bootstrap, prefix);
  }

  static void results(String bootstrap, String topic, long windowMs) {
    try (Deserializer<Windowed<String>> keys = WindowedSerdes.timeWindowedSerdeFrom(String.class, windowMs).deserializer()) {
      for (ConsumerRecord<byte[], byte[]> record : all(bootstrap, topic)) {
        Windowed<String> key = keys.deserialize(topic, record.key());
        System.out.println("result " + key.key() + " " + key.window().start() + " " + key.window().end() + " " + number(record.value()));
      }
    }
  }

  static void windows(String bootstrap, String topic, long windowMs) {
    for (ConsumerRecord<byte[], byte[]> record : all(bootstrap, topic)) {
      Windowed<Bytes> key = WindowKeySchema.fromStoreBytesKey(record.key(), windowMs);
      String text = new StringDeserializer().deserialize(topic, key.key().get());
      int sequence = ByteBuffer.wrap(record.key()).getInt(record.key().length - 4);
      System.out.println("window " + text + " " + key.window().start() + " " + sequence + " " + number(record.value()) + " " + record.timestamp());
    }
  }

  /** Kafka Streams restores the table's timestamped store from the topic as from the changelog that it is. */
  static void counts(String bootstrap, String prefix, String changelog) throws Exception {
    StreamsBuilder builder = new StreamsBuilder();
    builder.globalTable(changelog, Consumed.with(Serdes.String(), Serdes.Long()),
        Materialized.<String, Long>as(Stores.inMemoryKeyValueStore("read")));
    Properties properties = new Properties();
    properties.put("application.id", prefix + "-java-reader");
    properties.put("bootstrap.servers", bootstrap);
    properties.put("state.dir", java.nio.file.Files.createTempDirectory("streams-reader").toString());
    try (KafkaStreams streams = new KafkaStreams(builder.build(), properties)) {
      streams.start();
      while (streams.state() != KafkaStreams.State.RUNNING) Thread.sleep(20);
      ReadOnlyKeyValueStore<String, ValueAndTimestamp<Long>> store = streams.store(
          StoreQueryParameters.fromNameAndType("read", QueryableStoreTypes.timestampedKeyValueStore()));
      try (KeyValueIterator<String, ValueAndTimestamp<Long>> rows = store.all()) {
        rows.forEachRemaining(row -> System.out.println("count " + row.key + " " + row.value.value() + " " + row.value.timestamp()));
      }
    }
  }

  /** What rides on the committed offsets, by the class that Kafka Streams reads it with. */
  static void metadata(String bootstrap, String group) throws Exception {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", bootstrap);
    try (org.apache.kafka.clients.admin.Admin admin = org.apache.kafka.clients.admin.Admin.create(properties)) {
      admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().forEach((partition, offset) ->
          System.out.println("offset " + partition + " " + offset.offset() + " "
              + org.apache.kafka.streams.processor.internals.TopicPartitionMetadata.decode(offset.metadata()).partitionTime()));
    }
  }

  static List<ConsumerRecord<byte[], byte[]>> all(String bootstrap, String topic) {
    Map<String, Object> properties = Map.of("bootstrap.servers", bootstrap, "isolation.level", "read_committed");
    List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream().map(each -> new TopicPartition(topic, each.partition())).toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.get(each))) {
        consumer.poll(Duration.ofMillis(100)).forEach(found::add);
      }
    }
    return found;
  }

  static long number(byte[] bytes) {
    return new LongDeserializer().deserialize("", bytes);
  }
}
