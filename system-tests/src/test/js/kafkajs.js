// Uses a broker by kafkajs and says what it saw: node kafkajs.js HOST:PORT
const { Kafka, CompressionTypes, logLevel } = require('kafkajs');

const topic = 'from-javascript';
const count = 300;

async function main() {
  const kafka = new Kafka({ clientId: 'kafkajs', brokers: [process.argv[2]], logLevel: logLevel.ERROR });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 3 }], waitForLeaders: true });
  const metadata = await admin.fetchTopicMetadata({ topics: [topic] });
  console.log(`partitions ${metadata.topics[0].partitions.length}`);

  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  for (const compression of [CompressionTypes.None, CompressionTypes.GZIP]) {
    const messages = [];
    for (let i = 0; i < count; i++) {
      messages.push({ key: `key-${i % 10}`, value: `value ${compression} ${i}`, headers: { trace: `${i}` } });
    }
    await producer.send({ topic, messages, acks: -1, compression });
  }
  await producer.disconnect();

  const seen = new Map();
  let headers = 0;
  const consumer = kafka.consumer({ groupId: 'javascript', sessionTimeout: 10000 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise((done, failed) => {
    consumer.on(consumer.events.CRASH, (event) => failed(event.payload.error));
    consumer.run({
      autoCommitThreshold: 50,
      eachMessage: async ({ message }) => {
        seen.set(message.value.toString(), (seen.get(message.value.toString()) || 0) + 1);
        headers += message.headers.trace ? 1 : 0;
        if (seen.size === 2 * count) done();
      },
    });
  });
  console.log(`read ${seen.size}, twice ${[...seen.values()].filter((n) => n > 1).length}, with headers ${headers}`);
  await consumer.disconnect();

  const committed = await admin.fetchOffsets({ groupId: 'javascript', topics: [topic] });
  const sum = committed[0].partitions.reduce((all, one) => all + Math.max(0, Number(one.offset)), 0);
  console.log(`committed ${sum}`);
  const ends = await admin.fetchTopicOffsets(topic);
  console.log(`end ${ends.reduce((all, one) => all + Number(one.offset), 0)}`);
  await admin.disconnect();
}

main().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
